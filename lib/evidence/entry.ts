/**
 * Entries of an incident's log as they come from outside: a request, a file, an archive. Text is data: control characters and
 * bidirectional marks are kept as they are, and the pages show them through `visibleText`.
 */

import { formatExact } from '../base/format.ts'
import { parseSpanId, parseTraceId } from '../base/ids.ts'
import { fail, ok, type Result } from '../base/result.ts'
import {
  ACTION_MAX,
  type Change,
  ENTRY_VERSION,
  type Entry,
  LABEL_MAX,
  LINK_MAX,
  NAME_MAX,
  NOTE_MAX,
  SEVERITIES,
  SIDES_MAX,
  STATUSES,
  TITLE_MAX,
} from '../model/incident.ts'
import { MINUTE_MS } from '../model/timings.ts'
import { z } from './schema.ts'
import { isRecord, type Upgrade, unreadable, upgradeChain } from './versions.ts'

/** `UPGRADES[i]` leads an entry of version i + 1 to i + 2. */
const UPGRADES: readonly Upgrade<unknown>[] = []
const upgrade = upgradeChain('log entry', ENTRY_VERSION, UPGRADES)

const LAST_MS = 8.64e15

const text = (max: number, what: string) =>
  z.string({ error: `${what} must be text` }).max(max, `${what} must have at most ${formatExact(max)} characters`)
const words = (max: number, what: string) =>
  text(max, what).refine((given) => given.trim() !== '', `${what} must not be empty`)
const time = (what: string) =>
  z
    .number({ error: `${what} must be Unix milliseconds` })
    .min(0, `${what} lies before 1970`)
    .max(LAST_MS, `${what} is no time`)
const minute = (what: string) => time(what).refine((ms) => ms % MINUTE_MS === 0, `${what} must be a whole minute`)
const id = (what: string) =>
  z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, `${what} must be 1 to 64 letters, digits, "-" or "_"`)
const guildId = words(NAME_MAX, 'the guild')
const revision = z.number({ error: 'the revision must be a number' }).int().min(0).max(1e9)
const ORDER = 'a range must end after it begins'

export const sideSchema = z
  .object({
    guildId,
    guildName: text(NAME_MAX, 'the guild’s name').optional(),
    fromMs: minute('the start'),
    toMs: minute('the end'),
  })
  .refine((side) => side.fromMs < side.toMs, ORDER)

export const sidesSchema = z
  .array(sideSchema)
  .min(1, 'name at least one guild')
  .max(SIDES_MAX, `at most ${SIDES_MAX} sides can be compared`)

export const viewLinkSchema = z.object({
  path: text(LINK_MAX, 'the path').regex(/^\/(?!\/)/, 'the path must be one of this application'),
  search: text(LINK_MAX, 'the query').regex(/^(\?|$)/, 'the query must begin with "?"'),
})

export const pinSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('incident') }),
  z.object({ kind: z.literal('time'), atMs: time('the time') }),
  z
    .object({ kind: z.literal('range'), guildId: guildId.optional(), fromMs: time('the start'), toMs: time('the end') })
    .refine((range) => range.fromMs < range.toMs, ORDER),
  z.object({
    kind: z.literal('cell'),
    guildId,
    minuteMs: minute('the minute'),
    action: text(ACTION_MAX, 'the action'),
  }),
  z.object({
    kind: z.literal('span'),
    traceId: z.string().refine((given) => parseTraceId(given) === given, 'the trace id must be 32 hex digits'),
    spanId: z.string().refine((given) => parseSpanId(given) === given, 'the span id must be 16 hex digits'),
    ordinal: z.number().int().min(0).max(1e9),
  }),
])

const manifest = z.string().regex(/^[0-9a-f]{64}$/, 'the manifest must be a SHA-256 in hex')
const title = words(TITLE_MAX, 'the title')
const note = words(NOTE_MAX, 'a note')
const noteId = id('the note’s id')
const markerId = id('the marker’s id')

export const changeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('created'),
    title,
    severity: z.enum(SEVERITIES),
    sides: sidesSchema,
    view: viewLinkSchema,
    manifest,
  }),
  z.object({ kind: z.literal('titled'), title }),
  z.object({ kind: z.literal('severity'), severity: z.enum(SEVERITIES) }),
  z.object({ kind: z.literal('status'), status: z.enum(STATUSES) }),
  z.object({ kind: z.literal('note-added'), noteId, text: note, pin: pinSchema }),
  z.object({ kind: z.literal('note-edited'), noteId, text: note, base: revision }),
  z.object({ kind: z.literal('note-removed'), noteId, base: revision }),
  z.object({
    kind: z.literal('marker-added'),
    markerId,
    label: words(LABEL_MAX, 'a marker’s label'),
    atMs: time('the marker'),
  }),
  z.object({ kind: z.literal('marker-removed'), markerId }),
  z.object({ kind: z.literal('evidence-added'), manifest, what: text(1_000, 'what was added') }),
]) satisfies z.ZodType<Change>

export const entryIdSchema = id('the entry’s id')

const entrySchema = z.object({
  v: z.literal(ENTRY_VERSION),
  id: entryIdSchema,
  seq: z.number().int().min(0).max(1e9),
  atMs: time('the time'),
  by: z.object({ name: text(NAME_MAX, 'the writer’s name'), known: z.boolean() }),
  change: changeSchema,
}) satisfies z.ZodType<Entry>

/** An entry of any version up to ours, from parsed JSON. */
export function parseEntry(json: unknown): Result<Entry> {
  if (!isRecord(json)) return unreadable('log entry', 'is not a JSON object')
  const upgraded = upgrade(json, json.v)
  if (!upgraded.ok) return upgraded
  const parsed = entrySchema.safeParse(upgraded.value)
  return parsed.success ? ok(parsed.data) : unreadable('log entry', `is not valid (${firstIssue(parsed.error)})`)
}

/** A change that somebody asks for, from parsed JSON; the failure is a sentence for them. */
export function parseChange(json: unknown): Result<Change> {
  const parsed = changeSchema.safeParse(json)
  if (parsed.success) return ok(parsed.data)
  return fail(
    'bad-request',
    'request',
    `This cannot be saved: ${firstIssue(parsed.error)}.`,
    'Correct it and save again.',
  )
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0]
  return issue === undefined ? 'it has the wrong shape' : issue.message.replace(/\.$/, '')
}
