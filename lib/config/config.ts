/**
 * The one configuration: `guildscope.config.json` (or the file `GUILDSCOPE_CONFIG` names), each field beaten by its
 * environment variable. Checked whole, before anything listens; every fault becomes a sentence.
 */
import { z } from 'zod'
import { type AttributeMapping, DEFAULT_MAPPING } from '../model/span-batch.ts'
import { accessFields, checkAccess } from './access-fields.ts'
import { checkSources, resolveSecrets, withMapping } from './source-checks.ts'
import { mappingChanges, sourceFields } from './source-fields.ts'
import { checkStore } from './store-source.ts'

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
}

/** `20GiB`, `500MB`, `1048576` → bytes; NaN when it is none of these. */
export function parseBytes(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]i?)?b?\s*$/i.exec(text)
  if (match === null) return Number.NaN
  return Math.round(Number(match[1]) * UNITS[(match[2] ?? '').toLowerCase()])
}

function portFrom(least: number, words: string) {
  return z.coerce.number(words).int(words).min(least, words).max(65535, words)
}
const webPort = portFrom(1, 'must be 1 to 65535')
const receiverPort = portFrom(0, 'must be 0 (off) to 65535')
const bytes = z
  .union([z.number(), z.string()])
  .transform((value) => (typeof value === 'number' ? value : parseBytes(value)))
  .refine((value) => Number.isFinite(value) && value > 0, 'must be a size such as "20GiB" or "500MB"')
const positive = z.coerce.number().positive('must be greater than 0').max(1e6, 'is too large')
const fields = z.strictObject({
  port: webPort.default(3000),
  host: z.string().min(1).max(253).default('127.0.0.1'),
  dataDir: z.string().min(1).max(4096).default('./data'),
  otlpHttpPort: receiverPort.default(4318),
  otlpGrpcPort: receiverPort.default(4317),
  memoryLimit: bytes.default(192 * 2 ** 20),
  retention: z
    .strictObject({
      minutes: positive.default(60),
      largeDays: positive.default(30),
      largest: z.coerce.number().int().min(0).max(100_000).default(20),
      diskCap: bytes.default(20 * 2 ** 30),
      holdHours: positive.default(24),
      holdBeforeMinutes: positive.default(30),
      holdAfterSaturatedMinutes: z.coerce.number().int().min(1).max(60).default(3),
    })
    .prefault({}),
  mapping: mappingChanges.prefault({}).transform((changes): AttributeMapping => ({ ...DEFAULT_MAPPING, ...changes })),
  ...accessFields,
  ...sourceFields,
})
const schema = fields.superRefine(checkAccess).superRefine(checkStore).superRefine(checkSources)

export type Config = z.infer<typeof schema>

/** Environment variable → path of the field it sets. The README's table is made from the same names. */
export const ENVIRONMENT: Readonly<Record<string, readonly string[]>> = {
  PORT: ['port'],
  HOST: ['host'],
  GUILDSCOPE_DATA_DIR: ['dataDir'],
  GUILDSCOPE_OTLP_HTTP_PORT: ['otlpHttpPort'],
  GUILDSCOPE_OTLP_GRPC_PORT: ['otlpGrpcPort'],
  GUILDSCOPE_MEMORY_LIMIT: ['memoryLimit'],
  GUILDSCOPE_RETENTION_MINUTES: ['retention', 'minutes'],
  GUILDSCOPE_RETENTION_LARGE_DAYS: ['retention', 'largeDays'],
  GUILDSCOPE_RETENTION_LARGEST: ['retention', 'largest'],
  GUILDSCOPE_RETENTION_DISK_CAP: ['retention', 'diskCap'],
  GUILDSCOPE_RETENTION_HOLD_HOURS: ['retention', 'holdHours'],
  GUILDSCOPE_RETENTION_HOLD_BEFORE_MINUTES: ['retention', 'holdBeforeMinutes'],
  GUILDSCOPE_RETENTION_HOLD_AFTER_MINUTES: ['retention', 'holdAfterSaturatedMinutes'],
  GUILDSCOPE_AUTH: ['auth', 'mode'],
  GUILDSCOPE_AUTH_PROXY_HEADER: ['auth', 'proxyUserHeader'],
  GUILDSCOPE_TRUSTED_PROXIES: ['auth', 'trustedProxies'],
  GUILDSCOPE_PUBLIC_URL: ['publicUrl'],
  GUILDSCOPE_GUEST_LINKS: ['guestLinks'],
  GUILDSCOPE_EMBED_HOSTS: ['embedHosts'],
  GUILDSCOPE_STORE: ['store'],
}

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly sentences: readonly string[] }

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Reads the text of the configuration file (undefined: there is none) and the environment. Pure. */
export function readConfig(
  fileText: string | undefined,
  fileName: string,
  env: Readonly<Record<string, string | undefined>>,
): ConfigResult {
  let file: unknown = {}
  if (fileText !== undefined) {
    try {
      file = JSON.parse(fileText)
    } catch (error) {
      return {
        ok: false,
        sentences: [`${fileName} is not JSON: ${error instanceof Error ? error.message : String(error)}.`],
      }
    }
    if (!isRecord(file)) return { ok: false, sentences: [`${fileName} must hold one JSON object.`] }
  }
  const merged: Record<string, unknown> = isRecord(file) ? structuredClone(file) : {}
  const setBy = new Map<string, string>()
  for (const [name, path] of Object.entries(ENVIRONMENT)) {
    const value = env[name]
    if (value === undefined || value === '') continue
    let at = merged
    for (const key of path.slice(0, -1)) {
      const next = at[key]
      const object = isRecord(next) ? next : {}
      at[key] = object
      at = object
    }
    at[path[path.length - 1]] = value
    setBy.set(path.join('.'), name)
  }
  const parsed = schema.safeParse(merged)
  if (parsed.success) {
    const mapped = withMapping(parsed.data.sources, parsed.data.mapping)
    const { sources, sentences } = resolveSecrets(mapped, fileName, env)
    return sentences.length === 0 ? { ok: true, config: { ...parsed.data, sources } } : { ok: false, sentences }
  }
  return {
    ok: false,
    sentences: parsed.error.issues.map((issue) => {
      const path = issue.path.join('.')
      const where = setBy.get(path) ?? `${path === '' ? 'The configuration' : `"${path}"`} in ${fileName}`
      return `${where} ${issue.message.replace(/^Invalid input: /, 'is not right: ')}.`
    }),
  }
}
