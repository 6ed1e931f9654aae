/** Owner token and sessions in ClickHouse: whoever signs in at one copy is signed in at all. At rest there are only hashes. */
import { z } from 'zod'
import { fail, ok, type Result } from '../../base/result.ts'
import { type KeptRecord, Records } from '../../clickstore/records.ts'
import type { StateTables } from '../../clickstore/state.ts'
import type { OwnerToken } from './owner-token.ts'
import { hashOf, matches, newId, newSecret } from './secrets.ts'
import { type Sessions, sessionOf } from './sessions.ts'

/** How long an answer counts: what one copy ends (a session, a token), the others have ended after this. */
export const FRESH_MS = 1_000
/** Copies that are started at the same moment for the first time each make a token: the earliest counts, once all are there. */
const SETTLE_MS = 1_500
const REMEMBERED = 5_000
const TIDY_MS = 6 * 3_600_000
const SECRET = /^[\w-]{43}$/

const keptToken = z.object({ v: z.literal(1), sha256: z.string().regex(/^[0-9a-f]{64}$/) })
const keptSession = z.object({ v: z.literal(1), who: sessionOf, expiresMs: z.number() })
type KeptSession = z.infer<typeof keptSession>

/** A value of ours that was stored as JSON; undefined where it is damaged, or of a newer version. */
export function parsed<T>(schema: z.ZodType<T>, body: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(body)).data
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/**
 * The token that all copies share. A start that cannot reach ClickHouse goes on without: then the token is looked up when somebody signs
 * in. `renew`: a new one takes the old one's place at every copy.
 */
export async function sharedOwnerToken(tables: StateTables, renew: boolean): Promise<OwnerToken> {
  const records = new Records(tables, 'owner-token')
  let made: string | undefined
  const first = await newest(records)
  if (first.ok && (renew || first.value === undefined)) {
    const token = `gs_${newSecret()}`
    const body = JSON.stringify({ v: 1, sha256: hashOf(token) })
    const id = newId()
    const added = await records.add([{ key: 'owner', seq: (first.value?.seq ?? 0) + 1, id, head: true, body }])
    if (added.ok) await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
    const now = added.ok ? await newest(records) : added
    if (now.ok && now.value?.id === id) made = token
    if (!now.ok) console.error(`Guildscope: no owner token was made. ${now.failure.what} ${now.failure.tryThis}`)
  } else if (!first.ok) {
    console.error(`Guildscope: the owner token is not known yet. ${first.failure.what} ${first.failure.tryThis}`)
  }
  let known: { readonly atMs: number; readonly hash: Result<string> } | undefined
  return {
    made,
    async isToken(text) {
      if (known === undefined || !known.hash.ok || Date.now() - known.atMs > FRESH_MS) {
        const found = await newest(records)
        // Where ClickHouse does not answer, the token that was known stays it.
        if (found.ok || known?.hash.ok !== true) known = { atMs: Date.now(), hash: hashIn(found, tables.source) }
      }
      return known.hash.ok ? ok(matches(text, known.hash.value)) : known.hash
    },
  }
}

/** The token made last; of several made at once the earliest. */
async function newest(records: Records): Promise<Result<KeptRecord | undefined>> {
  const found = await records.of(['owner'])
  if (!found.ok) return found
  const all = found.value.get('owner') ?? []
  const seq = Math.max(...all.map((record) => record.seq))
  const [earliest] = all
    .filter((record) => record.seq === seq)
    .sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1))
  return ok(earliest)
}

function hashIn(found: Result<KeptRecord | undefined>, source: string): Result<string> {
  if (!found.ok) return found
  const token = found.value === undefined ? undefined : parsed(keptToken, found.value.body)
  return token === undefined
    ? fail('unavailable', source, `${source} holds no owner token.`, 'Start a copy with --new-token: that makes one.')
    : ok(token.sha256)
}

export function sharedSessions(tables: StateTables, now: () => number = Date.now): Sessions {
  const records = new Records(tables, 'session')
  /** Hash → what was answered last. Where ClickHouse does not answer, whoever was signed in stays so. */
  const remembered = new Map<string, { readonly atMs: number; readonly session: KeptSession }>()
  const remember = (key: string, session: KeptSession) => {
    remembered.delete(key)
    remembered.set(key, { atMs: now(), session })
    for (const oldest of remembered.keys()) {
      if (remembered.size <= REMEMBERED) break
      remembered.delete(oldest)
    }
  }
  let tidiedMs = 0
  /** Those that `ends` says go, and what has expired. */
  const endThose = async (ends: (session: KeptSession) => boolean): Promise<Result<undefined>> => {
    const stamps = await records.stamps()
    if (!stamps.ok) return stamps
    const found = await records.of([...stamps.value.keys()])
    if (!found.ok) return found
    const ending = [...found.value].filter(([, [first]]) => {
      const session = parsed(keptSession, first?.body ?? '')
      return session === undefined || session.expiresMs <= now() || ends(session)
    })
    return records.remove(ending.map(([key]) => key))
  }
  return {
    async open(who, expiresMs) {
      if (now() - tidiedMs > TIDY_MS) {
        tidiedMs = now()
        // Nobody waits for it; where it fails, the next one does it.
        void endThose(() => false)
      }
      const secret = newSecret()
      const session = { v: 1, who, expiresMs } as const
      const key = hashOf(secret)
      const added = await records.add([{ key, seq: 0, id: 'session', head: true, body: JSON.stringify(session) }])
      if (!added.ok) return added
      remember(key, session)
      return ok(secret)
    },
    async find(secret) {
      if (!SECRET.test(secret)) return ok(undefined)
      const key = hashOf(secret)
      let known = remembered.get(key)
      if (known === undefined || now() - known.atMs > FRESH_MS) {
        const found = await records.of([key])
        if (found.ok) {
          const body = found.value.get(key)?.[0]?.body
          const session = body === undefined ? undefined : parsed(keptSession, body)
          if (session === undefined) remembered.delete(key)
          else remember(key, session)
          known = remembered.get(key)
        } else if (known === undefined) return found
      }
      return ok(known !== undefined && known.session.expiresMs > now() ? known.session.who : undefined)
    },
    async end(secret) {
      if (!SECRET.test(secret)) return ok(undefined)
      remembered.delete(hashOf(secret))
      return records.remove([hashOf(secret)])
    },
    endOwners() {
      remembered.clear()
      return endThose(({ who }) => who.kind === 'owner')
    },
  }
}
