import { z } from 'zod'

/** Answers are somebody else's: their forms are checked, and what they hold too much of is refused. */
const text = z.string().max(2_000)
const number = z.number()
const perMinute = z.array(number).max(1_440)
const time = z
  .string()
  .max(40)
  .transform((value, context) => {
    const ms = Date.parse(value)
    if (!Number.isFinite(ms)) context.addIssue({ code: 'custom', message: 'is not a time' })
    return ms
  })
const stated = number.min(0).optional()

/** `GET /api/timings/guilds`. */
export const fleetAnswer = z.object({
  nowMs: number,
  fromMs: number,
  minutes: number,
  rankedBy: z.enum(['wait', 'saturated minutes', 'busy']),
  total: number,
  guilds: z
    .array(
      z.object({
        guildId: text,
        guildName: text.exactOptional(),
        node: text.default(''),
        busyUs: perMinute,
        busyNow: number.default(-1),
        waitUs: number.default(-1),
        waitKind: z.enum(['p50', 'mean', 'at least', 'none']).default('none'),
        waitMaxUs: number.default(-1),
        backlog: z.object({ depth: number, perMinute: number }).exactOptional(),
        sessions: number.default(-1),
        saturatedMinutes: number.default(0),
        saturatedSinceMs: number.exactOptional(),
        silentSinceMs: number.exactOptional(),
        held: z.boolean().default(false),
        lastTraceMs: number.exactOptional(),
        actions: z.array(text).max(1_000).default([]),
      }),
    )
    .max(10_000),
  actions: z
    .array(
      z.object({
        action: text,
        count: perMinute,
        busyUs: perMinute,
        bursts: z.array(number).max(1_440),
        burstsFrom: z.enum(['arrived', 'processed', 'busy']),
        topGuilds: z.array(text).max(100),
      }),
    )
    .max(1_000)
    .default([]),
  notes: z.array(text).max(100).default([]),
})

/** `GET /api/timings/guilds/{id}`: samples as the timings API takes them, and how long they are kept. */
export const samplesAnswer = z.object({
  guildId: text,
  guildName: text.optional(),
  retainedFrom: time.optional(),
  heldUntil: time.optional(),
  samples: z
    .array(
      z.object({
        guildId: text.optional(),
        guildName: text.optional(),
        minute: time,
        node: text.default(''),
        action: text,
        busyUs: number.min(0),
        count: stated,
        waitUsTotal: stated,
        waitUsMax: stated,
        arrived: stated,
        mailboxDepthMax: stated,
        sessions: stated,
        waitHistogram: z
          .object({ boundsUs: z.array(number).max(1_024), counts: z.array(number).max(1_025) })
          .refine(({ boundsUs, counts }) => counts.length === boundsUs.length + 1, 'needs one more count than bounds')
          .optional(),
      }),
    )
    .max(200_000),
  notes: z.array(text).max(100).default([]),
})
