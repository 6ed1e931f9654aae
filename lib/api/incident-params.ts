/** What the routes of incidents accept. Shapes of changes, sides and links are those of the log (`lib/evidence/entry.ts`). */
import { z } from 'zod'
import { parseTraceId } from '../base/ids.ts'
import { changeSchema, entryIdSchema, sidesSchema, viewLinkSchema } from '../evidence/entry.ts'
import { EXPORT_FORMATS } from '../incidents/export.ts'
import { INCIDENT_ID } from '../incidents/ids.ts'
import { FREEZE_TRACES_MAX } from '../model/freeze.ts'
import { SEVERITIES, TITLE_MAX } from '../model/incident.ts'
import { guildParams, sourceName, spanParams, traceParams } from './params.ts'

const RANGE_DAYS_MAX = 31
const FLAMES_MAX = 20

const incidentId = z.string().regex(INCIDENT_ID, 'must be the id of an incident: 16 letters and digits')

export const incidentParams = z.object({ id: incidentId })
/** Only incidents about this guild, or that have this trace frozen. */
export const incidentsQuery = z.object({
  guild: guildParams.shape.id.optional(),
  trace: traceParams.shape.id.optional(),
})
export const freezeParams = z.object({ freezeId: z.string().regex(INCIDENT_ID, 'must be the id of a freeze') })
export const linkParams = z.object({
  hash: z.string().regex(/^[A-Za-z0-9_-]{12,64}$/, 'must be the id of a short link'),
})
export const evidenceGuildParams = z.object({ id: incidentId, guild: guildParams.shape.id })
export const evidenceTraceParams = z.object({ id: incidentId, trace: traceParams.shape.id })
export const evidenceSpanParams = evidenceTraceParams.extend({ index: spanParams.shape.index })

const traceIds = z
  .array(
    z.string().transform((text, context) => {
      const id = parseTraceId(text)
      if (id === undefined) context.addIssue({ code: 'custom', message: 'must be 32 (or 16) hex digits, not all zero' })
      return id ?? ''
    }),
  )
  .max(FREEZE_TRACES_MAX, `must name at most ${FREEZE_TRACES_MAX} traces`)

const time = z.number().min(0, 'must not be before 1970').max(7_258_118_400_000, 'must be Unix milliseconds')

const flames = z
  .array(
    z
      .object({
        guildId: guildParams.shape.id,
        fromMs: time,
        toMs: time,
        action: z.string().max(1024, 'must have at most 1,024 characters').optional(),
        scope: z.enum(['guild', 'trace']),
      })
      .refine((flame) => flame.fromMs < flame.toMs, { error: '"fromMs" must lie before "toMs"' })
      .refine(withinDays, { error: `the range must be at most ${RANGE_DAYS_MAX} days` }),
  )
  .max(FLAMES_MAX, `must name at most ${FLAMES_MAX} flame graphs`)

function withinDays(range: { readonly fromMs: number; readonly toMs: number }): boolean {
  return range.toMs - range.fromMs <= RANGE_DAYS_MAX * 86_400_000
}

const many = z.number().int().min(0).max(FREEZE_TRACES_MAX, `must be at most ${FREEZE_TRACES_MAX}`)

/** `FreezeRequest`. */
export const freezeBody = z.object({
  title: z
    .string({ error: 'must be text' })
    .refine((title) => title.trim() !== '', 'must not be empty')
    .max(TITLE_MAX, `must have at most ${TITLE_MAX} characters`),
  severity: z.enum(SEVERITIES, { error: `must be one of ${SEVERITIES.join(', ')}` }),
  view: viewLinkSchema,
  sides: sidesSchema.refine((sides) => sides.every(withinDays), {
    error: `each range must be at most ${RANGE_DAYS_MAX} days`,
  }),
  baselines: z
    .array(z.enum(['hour', 'day', 'week'], { error: 'must be hour, day or week' }))
    .max(3)
    .transform((names) => [...new Set(names)]),
  flames,
  traceIds,
  slowest: many,
  longestWait: many,
  sample: many,
  source: sourceName,
  timings: sourceName,
})

/** `PinRequest`. */
export const pinBody = z
  .object({ traceIds, flames, source: sourceName, timings: sourceName })
  .refine((pin) => pin.traceIds.length + pin.flames.length > 0, 'name at least one trace or flame graph')

/** A change as a page sends it. How an incident began, and what is frozen, only the server writes. */
export const entryBody = z.object({
  id: entryIdSchema,
  change: changeSchema.refine((change) => change.kind !== 'created' && change.kind !== 'evidence-added', {
    error: 'is not one that a client may write',
  }),
})

const seq = z.coerce.number().int().min(-1).max(1e9)
/** Entries behind `after`; absent: all. */
export const entriesQuery = z.object({ after: seq.default(-1) })

/** The incident's title, typed again. */
export const deleteBody = z.object({
  title: z.string({ error: 'must be the title of the incident' }).max(2 * TITLE_MAX),
})

const format = z.enum(EXPORT_FORMATS, { error: `must be one of ${EXPORT_FORMATS.join(', ')}` })

/** What is taken out before a copy is made. */
export const redactions = z
  .array(
    z.object({
      key: z.string().min(1).max(1024, 'must have at most 1,024 characters'),
      how: z.enum(['dropped', 'hashed'], { error: 'must be dropped or hashed' }),
    }),
  )
  .max(500, 'must name at most 500 keys')
  .refine((list) => new Set(list.map(({ key }) => key)).size === list.length, 'must name each key once')

export const exportBody = z.object({ format, redact: redactions.default([]) })
export const exportQuery = z.object({ format })
