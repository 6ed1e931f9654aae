/**
 * The part of the configuration that names other systems: `sources` by name, which of them is asked first, and where spans and timings
 * that this instance receives itself are kept. Secrets come from the environment: `{"env": "JAEGER_TOKEN"}` in place of a text.
 */
import { z } from 'zod'
import { STAGES } from '../model/stages.ts'

/** A text, or the name of the environment variable that holds it. Replaced by the text in `readConfig`. */
export const secret = z.union([
  z.string().min(1).max(16_384),
  z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable') }),
])

const address = z
  .string()
  .max(2_000)
  .refine(
    (text) => /^https?:\/\//.test(text) && URL.canParse(text),
    'must be an address such as "http://127.0.0.1:16686"',
  )
  .refine((text) => {
    const url = new URL(text)
    return url.username === '' && url.password === ''
  }, 'must not hold a password: use "auth"')
const keys = z
  .array(z.string().min(1).max(200))
  .min(1, 'must name at least one attribute key')
  .max(20)
  .readonly()
  .optional()
const mappingShape = {
  guild: keys,
  guildName: keys,
  action: keys,
  stage: keys,
  enqueued: keys,
  mailboxDepth: keys,
  recipients: keys,
  keepRate: keys,
  relay: keys,
  node: keys,
  process: keys,
  sessions: keys,
  user: keys,
  session: keys,
  channel: keys,
  stageOfService: z.record(z.string(), z.enum(STAGES)).optional(),
}
/** Fields of the attribute mapping that differ from what they usually are. */
export const mappingChanges = z.strictObject(mappingShape, {
  error: (issue) =>
    issue.code === 'unrecognized_keys'
      ? `has ${issue.keys.map((key) => `"${key}"`).join(', ')}, which is not a field of the attribute mapping: ${Object.keys(mappingShape).join(', ')}`
      : undefined,
})
const milliseconds = z.coerce
  .number()
  .int()
  .min(100, 'must be at least 100 ms')
  .max(600_000, 'must be at most 600,000 ms')
const template = z.string().min(1).max(2_000)

const auth = z.union([
  z.strictObject({ bearer: secret }),
  z.strictObject({ user: z.string().min(1).max(500), password: secret }),
])
const tls = z.strictObject({
  /** Paths of PEM files. */
  ca: z.string().min(1).max(4_096).optional(),
  cert: z.string().min(1).max(4_096).optional(),
  key: z.string().min(1).max(4_096).optional(),
})

/** What every source over HTTP has. */
const reached = {
  url: address,
  auth: auth.optional(),
  /** Sent with every request, e.g. `X-Scope-OrgID`. */
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]{1,100}$/), secret).default({}),
  tls: tls.optional(),
  /** Until the first byte of an answer, and for the whole of it. */
  timeoutMs: milliseconds.default(10_000),
  totalTimeoutMs: milliseconds.default(60_000),
  maxConcurrent: z.coerce.number().int().min(1).max(64).default(8),
  maxAnswerBytes: z.coerce
    .number()
    .int()
    .min(1_000)
    .max(8 * 2 ** 30)
    .default(2 ** 30),
  /** Addresses of the system's own pages, by template: `{traceId}`, `{guild}`, `{fromMs}`, `{toMs}`, `{fromIso}`, `{toIso}`. */
  links: z.record(z.string().min(1).max(60), template).default({}),
}
/** What every backend of traces has. */
const traced = {
  /** Services that a search by guild asks, where the backend needs one; empty: all it knows. */
  services: z.array(z.string().min(1).max(500)).max(200).default([]),
  /** What differs for this source from the instance's own mapping. */
  mapping: mappingChanges.default({}),
  maxSpansPerTrace: z.coerce.number().int().min(1).max(5_000_000).default(2_000_000),
}

export const sourceSettings = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('jaeger'), ...reached, ...traced }),
  z.strictObject({ kind: z.literal('tempo'), ...reached, ...traced }),
  z.strictObject({ kind: z.literal('zipkin'), ...reached, ...traced }),
  z.strictObject({
    kind: z.literal('clickhouse'),
    ...reached,
    ...traced,
    database: z.string().min(1).max(200).default('default'),
    tracesTable: z.string().min(1).max(200).default('otel_traces'),
    timingsTable: z.string().min(1).max(200).default('guild_timings'),
    /** What of it is asked for. */
    traces: z.boolean().default(true),
    timings: z.boolean().default(true),
  }),
  z.strictObject({
    kind: z.literal('prometheus'),
    ...reached,
    /** PromQL by measure; `{guild}` is replaced by the quoted guild id. */
    templates: z
      .strictObject({
        busy: template.optional(),
        count: template.optional(),
        waitTotal: template.optional(),
        waitMax: template.optional(),
        arrived: template.optional(),
        mailboxDepthMax: template.optional(),
        sessions: template.optional(),
      })
      .default({}),
    labels: z
      .strictObject({
        guild: z.string().min(1).default('guild_id'),
        action: z.string().min(1).default('action'),
        node: z.string().min(1).default('instance'),
      })
      .prefault({}),
    retentionMinutes: z.coerce.number().positive().optional(),
  }),
  z.strictObject({ kind: z.literal('timings-http'), ...reached }),
])

/** One configured source. */
export type SourceSettings = z.infer<typeof sourceSettings>
export type SettingsOf<K extends SourceSettings['kind']> = Extract<SourceSettings, { readonly kind: K }>
/** What every source over HTTP has, secrets still as configured. */
export type ReachedSettings = Pick<SettingsOf<'jaeger'>, keyof typeof reached>

const sourceName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,39}$/,
    'must have 1 to 40 small letters, digits and hyphens, and begin with a letter or digit',
  )
  .refine((name) => name !== 'embedded' && name !== 'derived', 'is a name that Guildscope uses itself')

export const sourceFields = {
  /** Where spans and timings that are sent here are kept; `off`: nothing is received, only `sources` are read. */
  store: z
    .enum(['embedded', 'clickhouse', 'off'], { error: 'must be embedded, clickhouse or off' })
    .default('embedded'),
  /** Which source is the store where `store` is "clickhouse"; absent: the only one of that kind. */
  clickhouseStore: sourceName.optional(),
  sources: z.record(sourceName, sourceSettings).default({}),
  /** Names of the sources that are asked where a reader chose none; absent: the store, else the first configured. */
  defaults: z.strictObject({ traces: z.string().optional(), timings: z.string().optional() }).prefault({}),
  /** Ways to metrics and logs by template, beside those of each source: those with `{traceId}` stand on traces, the others on guilds. */
  links: z.record(z.string().min(1).max(60), template).default({}),
}
