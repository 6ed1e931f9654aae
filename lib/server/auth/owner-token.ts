/** The one owner token: made at the first start that wants it, shown once, kept as a hash. */
import path from 'node:path'
import { z } from 'zod'
import { ok, type Result } from '../../base/result.ts'
import { readPrivate, writePrivate } from './private-file.ts'
import { hashOf, matches, newSecret } from './secrets.ts'

const schema = z.object({ v: z.literal(1), sha256: z.string().regex(/^[0-9a-f]{64}$/), createdMs: z.number() })

export interface OwnerToken {
  /** The token in clear, where this start made it; to be shown once. */
  readonly made: string | undefined
  /** In constant time. A failure where nobody can tell now. */
  isToken(text: string): Promise<Result<boolean>>
}

/** `renew`: a new token takes the old one's place. Throws a sentence where the file is there and damaged. */
export async function ownerToken(accessDir: string, renew: boolean): Promise<OwnerToken> {
  const file = path.join(accessDir, 'owner.json')
  const kept = renew ? undefined : readPrivate(file, schema)
  if (kept !== undefined) return { made: undefined, isToken: async (text) => ok(matches(text, kept.sha256)) }
  const made = `gs_${newSecret()}`
  const sha256 = hashOf(made)
  await writePrivate(file, { v: 1, sha256, createdMs: Date.now() })
  return { made, isToken: async (text) => ok(matches(text, sha256)) }
}
