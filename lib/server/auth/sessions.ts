/** Who is signed in. A session is a random number in a cookie; here there is its hash, whose it is and until when. */
import path from 'node:path'
import { z } from 'zod'
import { ok, type Result } from '../../base/result.ts'
import { readPrivate, writePrivate } from './private-file.ts'
import { hashOf, newSecret } from './secrets.ts'

export const sessionOf = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('owner'), name: z.string() }),
  z.object({ kind: z.literal('guest'), incidentId: z.string(), linkId: z.string() }),
])
const schema = z.object({
  v: z.literal(1),
  sessions: z.array(z.object({ sha256: z.string(), who: sessionOf, expiresMs: z.number() })),
})

export type SessionOf = z.infer<typeof sessionOf>

/** The oldest guest makes room for the newest; owners are not put out by guests. */
const SESSIONS_MAX = 5_000

interface Session {
  readonly who: SessionOf
  readonly expiresMs: number
}

export interface Sessions {
  /** The secret for the cookie. Resolves once it is kept: a restart signs nobody out. */
  open(who: SessionOf, expiresMs: number): Promise<Result<string>>
  /** A failure where nobody can tell now. */
  find(secret: string): Promise<Result<SessionOf | undefined>>
  end(secret: string): Promise<Result<undefined>>
  /** Ends every owner's session. */
  endOwners(): Promise<Result<undefined>>
}

export function openSessions(accessDir: string, now: () => number = Date.now): Sessions {
  const file = path.join(accessDir, 'sessions.json')
  const sessions = new Map<string, Session>()
  try {
    for (const { sha256, ...session } of readPrivate(file, schema)?.sessions ?? []) sessions.set(sha256, session)
  } catch (error) {
    // Nothing is lost but the need to sign in again.
    console.error(
      `Guildscope: everybody has to sign in again. ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  let writing = Promise.resolve()
  const save = () => {
    writing = writing
      .catch(() => undefined)
      .then(() =>
        writePrivate(file, {
          v: 1,
          sessions: Array.from(sessions, ([sha256, session]) => ({ sha256, ...session })),
        }),
      )
    return writing
  }
  const tidy = () => {
    for (const [key, { expiresMs }] of sessions) if (expiresMs <= now()) sessions.delete(key)
    for (const kind of ['guest', 'owner'] as const) {
      for (const [key, session] of sessions) {
        if (sessions.size < SESSIONS_MAX) return
        if (session.who.kind === kind) sessions.delete(key)
      }
    }
  }
  return {
    async open(whose, expiresMs) {
      tidy()
      const secret = newSecret()
      sessions.set(hashOf(secret), { who: whose, expiresMs })
      await save()
      return ok(secret)
    },
    async find(secret) {
      const session = sessions.get(hashOf(secret))
      return ok(session !== undefined && session.expiresMs > now() ? session.who : undefined)
    },
    async end(secret) {
      if (sessions.delete(hashOf(secret))) await save()
      return ok(undefined)
    },
    async endOwners() {
      let ended = 0
      for (const [key, session] of sessions) {
        if (session.who.kind !== 'owner') continue
        sessions.delete(key)
        ended++
      }
      if (ended > 0) await save()
      return ok(undefined)
    },
  }
}
