/**
 * What each route accepts, as zod schemas: the one place for limits and names. The OpenAPI document is made from them.
 */
import { z } from 'zod'
import { parseTraceId } from '../base/ids.ts'
import type { TraceQuery } from '../model/trace-list.ts'

const YEAR_2200_MS = 7_258_118_400_000
const DAY_MS = 86_400_000

const epochMs = z.coerce
  .number({ error: 'must be Unix milliseconds' })
  .min(0, 'must not be before 1970')
  .max(YEAR_2200_MS, 'must be Unix milliseconds, before the year 2200')
const guildId = z.string().min(1, 'must not be empty').max(256, 'must have at most 256 characters')
const action = z.string().max(1024, 'must have at most 1,024 characters').optional()

/** The name of a configured source; never an address. */
export const sourceName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be the name of a configured source; /sources lists them')
  .optional()
/** `{name}` of a configured source. */
export const sourceParams = z.object({ name: sourceName.unwrap() })
/** Which source of traces is asked; absent: the default. */
export const traceSourceQuery = z.object({ source: sourceName })
/** `first=1`: waits until a source has the trace, or none. */
export const traceSourcesQuery = z.object({
  first: z.enum(['0', '1'], { error: 'must be 0 or 1' }).default('0'),
})
/** Which source of timings is asked; absent: the default. */
export const timingsSourceQuery = z.object({ timings: sourceName })

/** `{id}` of a guild, after percent-decoding: any text of 1 to 256 characters. */
export const guildParams = z.object({ id: guildId })

/** `{id}` of a trace: 32 hex digits; 16 are padded. */
export const traceParams = z.object({
  id: z.string().transform((text, context) => {
    const id = parseTraceId(text)
    if (id === undefined) context.addIssue({ code: 'custom', message: 'must be 32 (or 16) hex digits, not all zero' })
    return id ?? ''
  }),
})

export const spanParams = traceParams.extend({
  index: z.coerce
    .number()
    .int()
    .min(0)
    .max(2 ** 31, 'is beyond any trace'),
})

export const fleetQuery = z.object({
  minutes: z.coerce.number().int().min(1).max(1440, 'must be at most 1,440 (a day)').default(60),
  at: epochMs.optional(),
  limit: z.coerce.number().int().min(1).max(5000, 'must be at most 5,000').default(2000),
  timings: sourceName,
})

function ordered<T extends { readonly from: number; readonly to: number }>(range: T): boolean {
  return range.from < range.to
}
const ORDER = { error: '"from" must lie before "to"', path: ['from'] }

function within<T extends { readonly from: number; readonly to: number }>(days: number): (range: T) => boolean {
  return (range) => range.to - range.from <= days * DAY_MS
}

/** At most 31 days of minutes. */
export const minutesQuery = z
  .object({ from: epochMs, to: epochMs, timings: sourceName })
  .refine(ordered, ORDER)
  .refine(within(31), { error: 'the range must be at most 31 days', path: ['to'] })

export const samplesQuery = z
  .object({
    from: epochMs,
    to: epochMs,
    limit: z.coerce.number().int().min(1).max(200_000).default(50_000),
    timings: sourceName,
  })
  .refine(ordered, ORDER)
  .refine(within(31), { error: 'the range must be at most 31 days', path: ['to'] })

export const flameQuery = z
  .object({
    from: epochMs,
    to: epochMs,
    action,
    scope: z.enum(['guild', 'trace'], { error: 'must be guild or trace' }).default('trace'),
    maxSpans: z.coerce.number().int().min(1).max(2_000_000, 'must be at most 2,000,000').default(1_000_000),
    source: sourceName,
  })
  .refine(ordered, ORDER)
  .refine(within(31), { error: 'the range must be at most 31 days', path: ['to'] })

export const tracesQuery = z.object({
  guild: guildId.optional(),
  from: epochMs.optional(),
  to: epochMs.optional(),
  action,
  minDurationNs: z.coerce.number().min(0).optional(),
  complete: z.enum(['0', '1'], { error: 'must be 0 or 1' }).optional(),
  sort: z
    .enum(['newest', 'slowest', 'longest-wait'], { error: 'must be newest, slowest or longest-wait' })
    .default('newest'),
  limit: z.coerce.number().int().min(1).max(1000, 'must be at most 1,000').default(100),
  cursor: z.string().max(200).optional(),
  source: sourceName,
})

export function traceQueryOf(query: z.infer<typeof tracesQuery>): TraceQuery {
  return {
    guild: query.guild,
    fromMs: query.from,
    toMs: query.to,
    action: query.action,
    minDurationNs: query.minDurationNs,
    completeOnly: query.complete === '1',
    sort: query.sort,
    limit: query.limit,
    cursor: query.cursor,
  }
}

/** `of`: how many spans the caller holds; refused when the trace has grown since. */
export const spanQuery = z.object({ of: z.coerce.number().int().min(0).optional(), source: sourceName })

export const noQuery = z.object({})
