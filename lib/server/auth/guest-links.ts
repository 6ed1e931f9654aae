/**
 * Guest links: each opens one incident, for reading, until it expires or is revoked. The secret is made here, goes out once, and
 * stays as a hash.
 */
import { z } from 'zod'
import { type Failure, fail, ok, type Result } from '../../base/result.ts'
import type { LogText } from '../../incidents/log-file.ts'
import type { GuestLink, RedactionOfLink } from '../../model/guest-link.ts'
import type { Author } from '../../model/incident.ts'
import { hashOf, matches, newId, newSecret } from './secrets.ts'

const HOUR_MS = 3_600_000
/** Of one incident, revoked and expired ones included. */
export const LINKS_MAX = 200

export const keptLink = z.object({
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
export type KeptLink = z.infer<typeof keptLink>

export interface FoundLink {
  readonly incidentId: string
  readonly link: KeptLink
}

/** Where guest links are kept. */
export interface GuestStorage {
  incidentIsThere(incidentId: string): Promise<Result<boolean>>
  /** In the order in which they were made, with their openings counted. */
  list(incidentId: string): Promise<Result<readonly KeptLink[]>>
  /** Its openings need not be counted. */
  find(linkId: string): Promise<Result<FoundLink | undefined>>
  /** `log`: of the redacted copy, NDJSON. Nothing of a link is there before all of it is. */
  add(incidentId: string, link: KeptLink, log: string | undefined): Promise<Result<undefined>>
  revoke(found: FoundLink, atMs: number): Promise<Result<undefined>>
  opened(found: FoundLink, atMs: number): Promise<Result<undefined>>
  /** Of the redacted copy. */
  log(found: FoundLink): Promise<Result<LogText>>
  /** Resolves when everything is kept. */
  settled(): Promise<void>
}

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
  log(): Promise<Result<LogText>>
}

export interface GuestLinks {
  /** Why none can be made here; undefined: they can. */
  readonly whyNot: Failure | undefined
  make(incidentId: string, wish: LinkWish): Promise<Result<{ readonly link: GuestLink; readonly secret: string }>>
  list(incidentId: string): Promise<Result<readonly GuestLink[]>>
  revoke(incidentId: string, linkId: string): Promise<Result<GuestLink>>
  /** The link this secret opens; a failure says whether it is unknown, expired, revoked or switched off. */
  check(linkId: string, secret: string): Promise<Result<GuestLink>>
  /** Whether a guest who came in by it may still read. */
  isOpen(incidentId: string, linkId: string): Promise<boolean>
  /** The incident of an open link, without its secret: only for what is public anyway (unfurling). */
  incidentOf(linkId: string): Promise<string | undefined>
  /** Undefined: its guests see the incident as it is. A failure where that cannot be told: then they see nothing. */
  redactedView(linkId: string): Promise<Result<RedactedView | undefined>>
  /** Counts an opening. */
  opened(linkId: string): Promise<Result<undefined>>
  /** Resolves when everything is kept. */
  settled(): Promise<void>
}

/** `ownersKnown`: whether this instance asks owners who they are. */
export function openGuestLinks(
  storage: GuestStorage,
  enabled: boolean,
  ownersKnown: boolean,
  now: () => number = Date.now,
): GuestLinks {
  const lives = (link: KeptLink) => enabled && link.revokedMs === undefined && link.expiresMs > now()
  /** Undefined also where nobody can tell now: closed. */
  const living = async (linkId: string): Promise<FoundLink | undefined> => {
    const found = await storage.find(linkId)
    return found.ok && found.value !== undefined && lives(found.value.link) ? found.value : undefined
  }
  const whyNot = !enabled ? OFF : ownersKnown ? undefined : NOBODY_KNOWN

  return {
    whyNot,
    async make(incidentId, wish) {
      if (whyNot !== undefined || !wish.by.known) return { ok: false, failure: whyNot ?? NOBODY_KNOWN }
      const there = await storage.incidentIsThere(incidentId)
      if (!there.ok) return there
      if (!there.value)
        return fail(
          'not-found',
          'guest links',
          'There is no such incident.',
          'It may have been made on another instance.',
        )
      const links = await storage.list(incidentId)
      if (!links.ok) return links
      if (links.value.length >= LINKS_MAX)
        return fail(
          'conflict',
          'guest links',
          `This incident has had ${LINKS_MAX} guest links, which is the most.`,
          'Use one of them again, or export the incident as a file.',
        )
      const secret = newSecret()
      const link: KeptLink = {
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
      const added = await storage.add(incidentId, link, wish.copy?.log)
      return added.ok ? ok({ link: shown(incidentId, link), secret }) : added
    },
    async list(incidentId) {
      const links = await storage.list(incidentId)
      return links.ok ? ok(links.value.map((link) => shown(incidentId, link))) : links
    },
    async revoke(incidentId, linkId) {
      const asked = await storage.find(linkId)
      if (!asked.ok) return asked
      const found = asked.value
      if (found === undefined || found.incidentId !== incidentId)
        return fail('not-found', 'guest links', 'There is no such guest link.', 'Reload the list.')
      if (found.link.revokedMs === undefined) {
        const revoked = await storage.revoke(found, now())
        if (!revoked.ok) return revoked
      }
      const links = await storage.list(incidentId)
      if (!links.ok) return links
      const link = links.value.find((each) => each.linkId === linkId)
      return ok(shown(incidentId, link ?? found.link))
    },
    async check(linkId, secret) {
      const asked = await storage.find(linkId)
      if (!asked.ok) return asked
      const found = asked.value
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
    isOpen: async (incidentId, linkId) => (await living(linkId))?.incidentId === incidentId,
    incidentOf: async (linkId) => (await living(linkId))?.incidentId,
    async redactedView(linkId) {
      const asked = await storage.find(linkId)
      if (!asked.ok) return asked
      const found = asked.value
      if (found?.link.manifest === undefined) return ok(undefined)
      const { redacted, manifest } = found.link
      return ok({ redacted, manifest, log: () => storage.log(found) })
    },
    async opened(linkId) {
      const found = await storage.find(linkId)
      if (!found.ok) return found
      return found.value === undefined ? ok(undefined) : storage.opened(found.value, now())
    },
    settled: () => storage.settled(),
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

function shown(incidentId: string, link: KeptLink): GuestLink {
  const { sha256: _hash, manifest: _manifest, revokedMs, lastOpenedMs, ...rest } = link
  return {
    ...rest,
    incidentId,
    ...(revokedMs === undefined ? {} : { revokedMs }),
    ...(lastOpenedMs === undefined ? {} : { lastOpenedMs }),
  }
}
