/**
 * Guest links: each opens one incident, for reading, until it expires or is revoked. The secret is made here, goes out once, and
 * stays as a hash in the incident's own folder.
 */
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { type Failure, fail, ok, type Result } from '../../base/result.ts'
import type { GuestLink, RedactionOfLink } from '../../model/guest-link.ts'
import type { Author } from '../../model/incident.ts'
import { readPrivate, writePrivate, writePrivateText } from './private-file.ts'
import { hashOf, matches, newId, newSecret } from './secrets.ts'

const HOUR_MS = 3_600_000
/** Of one incident, revoked and expired ones included. */
export const LINKS_MAX = 200

const stored = z.object({
  linkId: z.string(),
  sha256: z.string(),
  note: z.string(),
  createdMs: z.number(),
  createdBy: z.object({ name: z.string(), known: z.boolean() }),
  expiresMs: z.number(),
  revokedMs: z.number().optional(),
  opens: z.number(),
  lastOpenedMs: z.number().optional(),
  redacted: z.array(z.object({ key: z.string(), how: z.enum(['dropped', 'hashed']) })),
  /** The redacted copy's manifest (SHA-256, hex), where something is redacted. */
  manifest: z.string().optional(),
})
const schema = z.object({ v: z.literal(1), links: z.array(stored) })
type Stored = z.infer<typeof stored>

export interface LinkWish {
  readonly expiresHours: number
  readonly note: string
  readonly by: Author
  readonly redacted: readonly RedactionOfLink[]
  /** Where something is redacted: the copy its guests get instead. */
  readonly copy?: { readonly manifest: string; readonly log: string } | undefined
}

/** What guests of a link are served from instead of the incident's own evidence and log. */
export interface RedactedView {
  readonly redacted: readonly RedactionOfLink[]
  readonly manifest: string
  /** The log as it was when the link was made, cleaned like the evidence. */
  readonly logFile: string
}

export interface GuestLinks {
  /** Why none can be made here; undefined: they can. */
  readonly whyNot: Failure | undefined
  make(incidentId: string, wish: LinkWish): Promise<Result<{ readonly link: GuestLink; readonly secret: string }>>
  list(incidentId: string): readonly GuestLink[]
  revoke(incidentId: string, linkId: string): Promise<Result<GuestLink>>
  /** The link this secret opens; a failure says whether it is unknown, expired, revoked or switched off. */
  check(linkId: string, secret: string): Result<GuestLink>
  /** Whether a guest who came in by it may still read. */
  isOpen(incidentId: string, linkId: string): boolean
  /** The incident of an open link, without its secret: only for what is public anyway (unfurling). */
  incidentOf(linkId: string): string | undefined
  redactedView(linkId: string): RedactedView | undefined
  /** Counts an opening. */
  opened(linkId: string): Promise<void>
  /** Resolves when everything is on disk. */
  settled(): Promise<void>
}

/** Ids become folder names: nothing else may. */
const SAFE_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/

/** `ownersKnown`: whether this instance asks owners who they are. */
export function openGuestLinks(
  incidentsDir: string,
  enabled: boolean,
  ownersKnown: boolean,
  now: () => number = Date.now,
): GuestLinks {
  const byIncident = new Map<string, Stored[]>()
  const byId = new Map<string, { readonly incidentId: string; link: Stored }>()
  const fileOf = (incidentId: string) => path.join(incidentsDir, incidentId, 'links.json')
  for (const incidentId of foldersOf(incidentsDir)) {
    try {
      const links = readPrivate(fileOf(incidentId), schema)?.links ?? []
      byIncident.set(incidentId, links)
      for (const link of links) byId.set(link.linkId, { incidentId, link })
    } catch (error) {
      console.error(
        `Guildscope: the guest links of incident ${incidentId} are closed. ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }

  let writing: Promise<void> = Promise.resolve()
  const save = (incidentId: string): Promise<void> => {
    const next = writing
      .catch(() => undefined)
      .then(async () => {
        // An incident that was deleted meanwhile must not come back as a folder with nothing but links.
        if (isThere(incidentId))
          await writePrivate(fileOf(incidentId), { v: 1, links: byIncident.get(incidentId) ?? [] })
      })
    writing = next
    return next
  }
  const logFileOf = (incidentId: string, linkId: string) =>
    path.join(/* turbopackIgnore: true */ incidentsDir, incidentId, `guest-${linkId}.ndjson`)
  const isThere = (incidentId: string) =>
    existsSync(path.join(/* turbopackIgnore: true */ incidentsDir, incidentId, 'log.ndjson'))
  const lives = (link: Stored) => enabled && link.revokedMs === undefined && link.expiresMs > now()

  const whyNot = !enabled ? OFF : ownersKnown ? undefined : NOBODY_KNOWN

  return {
    whyNot,
    async make(incidentId, wish) {
      if (whyNot !== undefined || !wish.by.known) return { ok: false, failure: whyNot ?? NOBODY_KNOWN }
      if (!SAFE_ID.test(incidentId) || !isThere(incidentId))
        return fail(
          'not-found',
          'guest links',
          'There is no such incident.',
          'It may have been made on another instance.',
        )
      const links = byIncident.get(incidentId) ?? []
      if (links.length >= LINKS_MAX)
        return fail(
          'conflict',
          'guest links',
          `This incident has had ${LINKS_MAX} guest links, which is the most.`,
          'Use one of them again, or export the incident as a file.',
        )
      const secret = newSecret()
      const link: Stored = {
        linkId: newId(),
        sha256: hashOf(secret),
        note: wish.note,
        createdMs: now(),
        createdBy: { name: wish.by.name, known: wish.by.known },
        expiresMs: now() + wish.expiresHours * HOUR_MS,
        opens: 0,
        redacted: [...wish.redacted],
        ...(wish.copy === undefined ? {} : { manifest: wish.copy.manifest }),
      }
      if (wish.copy !== undefined) await writePrivateText(logFileOf(incidentId, link.linkId), wish.copy.log)
      byIncident.set(incidentId, [...links, link])
      byId.set(link.linkId, { incidentId, link })
      await save(incidentId)
      return ok({ link: shown(incidentId, link), secret })
    },
    list: (incidentId) => (byIncident.get(incidentId) ?? []).map((link) => shown(incidentId, link)),
    async revoke(incidentId, linkId) {
      const found = byId.get(linkId)
      if (found === undefined || found.incidentId !== incidentId)
        return fail('not-found', 'guest links', 'There is no such guest link.', 'Reload the list.')
      if (found.link.revokedMs === undefined) {
        found.link.revokedMs = now()
        await save(incidentId)
      }
      return ok(shown(incidentId, found.link))
    },
    check(linkId, secret) {
      const found = byId.get(linkId)
      // An unknown link costs what a known one costs, and only who has the secret learns what became of the link.
      if (!matches(secret, found?.link.sha256 ?? NO_HASH) || found === undefined)
        return fail(
          'not-found',
          'guest link',
          'This guest link is not known here.',
          'It may have been cut on its way: copy it whole, with everything after the #.',
        )
      const { link, incidentId } = found
      if (!enabled) return fail('forbidden', 'guest link', SWITCHED_OFF, ASK)
      if (link.revokedMs !== undefined) return fail('forbidden', 'guest link', 'This guest link has been revoked.', ASK)
      if (link.expiresMs <= now()) return fail('rotated', 'guest link', 'This guest link has expired.', ASK)
      return ok(shown(incidentId, link))
    },
    isOpen(incidentId, linkId) {
      const found = byId.get(linkId)
      return found !== undefined && found.incidentId === incidentId && lives(found.link)
    },
    incidentOf(linkId) {
      const found = byId.get(linkId)
      return found !== undefined && lives(found.link) ? found.incidentId : undefined
    },
    redactedView(linkId) {
      const found = byId.get(linkId)
      if (found?.link.manifest === undefined) return undefined
      const { redacted, manifest } = found.link
      return { redacted, manifest, logFile: logFileOf(found.incidentId, linkId) }
    },
    async opened(linkId) {
      const found = byId.get(linkId)
      if (found === undefined) return
      found.link.opens++
      found.link.lastOpenedMs = now()
      await save(found.incidentId)
    },
    settled: () => writing.catch(() => undefined),
  }
}

const NO_HASH = '0'.repeat(64)
const SWITCHED_OFF = 'Guest links are switched off on this instance.'
const ASK = 'Ask whoever sent it for a new one, or for the incident as a file.'

const OFF: Failure = {
  kind: 'forbidden',
  source: 'guest links',
  what: SWITCHED_OFF,
  tryThis: 'Whoever runs it can set guestLinks to on; the incident can be exported as a file.',
}
const NOBODY_KNOWN: Failure = {
  kind: 'forbidden',
  source: 'guest links',
  what: 'Nobody is asked who they are on this instance, so no one would answer for a guest link.',
  tryThis:
    'Start it with GUILDSCOPE_AUTH=token (or behind a proxy that names its users), or export the incident as a file.',
}

function foldersOf(folder: string): readonly string[] {
  if (!existsSync(/* turbopackIgnore: true */ folder)) return []
  return readdirSync(/* turbopackIgnore: true */ folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && SAFE_ID.test(entry.name))
    .map((entry) => entry.name)
}

function shown(incidentId: string, link: Stored): GuestLink {
  const { sha256: _hash, manifest: _manifest, revokedMs, lastOpenedMs, ...rest } = link
  return {
    ...rest,
    incidentId,
    ...(revokedMs === undefined ? {} : { revokedMs }),
    ...(lastOpenedMs === undefined ? {} : { lastOpenedMs }),
  }
}
