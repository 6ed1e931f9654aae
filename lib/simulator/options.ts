import { fail, ok, type Result } from '../base/result.ts'
import { PRESETS, type Preset, presetNamed } from './presets.ts'

export interface CliOptions {
  readonly help: boolean
  readonly presets: readonly Preset[]
  readonly demo: boolean
  readonly tracesUrl: URL
  readonly timingsUrl: URL
  readonly seed: string
  /** Unix ms; undefined: the clock. */
  readonly nowMs: number | undefined
  readonly historyMinutes: number
  readonly guilds: number
  readonly live: boolean
  readonly truth: string | undefined
  /** File for the timings of the history as scraped counters; then they go nowhere else. */
  readonly openMetrics: string | undefined
  readonly headRate: number
  readonly tracesPerMinute: number
  readonly gzip: boolean
  readonly connections: number
}

const MAX_MINUTES = 24 * 60
const MAX_GUILDS = 1_500

const FLAGS = new Set(['demo', 'no-live', 'gzip', 'help'])
const VALUES = new Set([
  'preset',
  'with',
  'target',
  'timings-target',
  'seed',
  'now',
  'history-minutes',
  'guilds',
  'truth',
  'openmetrics',
  'head-rate',
  'traces-per-minute',
  'connections',
])

export function usage(): string {
  const presets = PRESETS.map((preset) => `    ${preset.name.padEnd(17)} ${preset.summary}`).join('\n')
  return `A guild system that misbehaves on purpose: emits OTLP traces and guild timings over HTTP.

Usage: npm run simulate -- [options]

  --preset NAME            which incident (reaction-flurry)
${presets}
  --with NAME[,NAME…]      further presets in the same fleet
  --demo                   end the history inside the incident
  --target URL             where traces go, POST URL/v1/traces (http://127.0.0.1:4318)
  --timings-target URL     where timings go, POST URL/v1/timings (as --target)
  --seed TEXT              same seed and same --now: same output (guilds)
  --now TIME               when the history ends: ISO 8601 or Unix ms (the clock)
  --history-minutes N      length of the history, 1–${MAX_MINUTES} (60)
  --guilds N               size of the fleet, 1–${MAX_GUILDS} (200)
  --head-rate P            share of messages traced, at most, 0–1 (0.005)
  --traces-per-minute N    the sampler halves its rate until about so many are left (300)
  --no-live                stop when the history has been told
  --truth FILE             write what really happened as JSON
  --openmetrics FILE       write timings as counters scraped every 15 s instead of sending them; implies --no-live
  --gzip                   compress requests
  --connections N          requests in flight, 1–32 (8)
  --help                   this text

All parameters of the model are assumptions chosen for plausibility, nobody's published numbers.`
}

/** Options from the command line, or a sentence about what is wrong with it. */
export function parseOptions(argv: readonly string[]): Result<CliOptions> {
  const given = new Map<string, string>()
  for (let i = 0; i < argv.length; i++) {
    const [, name, , inline] = /^--([a-z-]+)(=(.*))?$/s.exec(argv[i]) ?? []
    if (name === undefined) return wrong(`“${argv[i]}” is not an option.`)
    if (FLAGS.has(name)) given.set(name, 'true')
    else if (!VALUES.has(name)) return wrong(`There is no option --${name}.`)
    else {
      const value = inline ?? argv[++i]
      if (value === undefined || value === '') return wrong(`--${name} needs a value.`)
      given.set(name, value)
    }
  }
  const presets: Preset[] = []
  for (const name of [given.get('preset') ?? 'reaction-flurry', ...(given.get('with')?.split(',') ?? [])]) {
    const preset = presetNamed(name)
    if (preset === undefined)
      return wrong(`There is no preset “${name}”; there are ${PRESETS.map((known) => known.name).join(', ')}.`)
    if (!presets.includes(preset)) presets.push(preset)
  }
  const target = given.get('target') ?? 'http://127.0.0.1:4318'
  const tracesUrl = endpoint('target', target, '/v1/traces')
  if (!tracesUrl.ok) return tracesUrl
  const timingsUrl = endpoint('timings-target', given.get('timings-target') ?? baseOf(target), '/v1/timings')
  if (!timingsUrl.ok) return timingsUrl
  const now = given.get('now')
  const nowMs = now === undefined ? undefined : /^\d{12,14}$/.test(now) ? Number(now) : Date.parse(now)
  if (nowMs !== undefined && !Number.isFinite(nowMs))
    return wrong(`--now “${now}” is neither an ISO 8601 time nor Unix milliseconds.`)
  const demo = given.has('demo')
  const numbers = {
    'history-minutes': [60, 1, MAX_MINUTES, true],
    guilds: [200, 1, MAX_GUILDS, true],
    'head-rate': [0.005, 0, 1, false],
    'traces-per-minute': [300, 1, 1e6, true],
    connections: [8, 1, 32, true],
  } as const
  const number: Record<string, number> = {}
  for (const [name, [standard, low, high, whole]] of Object.entries(numbers)) {
    const text = given.get(name)
    const value = text === undefined ? standard : Number(text)
    if (!(value >= low && value <= high) || (whole && !Number.isInteger(value)))
      return wrong(`--${name} takes a ${whole ? 'whole number' : 'number'} from ${low} to ${high}, not “${text}”.`)
    number[name] = value
  }
  const cast = new Set(presets.flatMap(({ guild, others }) => [guild, ...others]))
  return ok({
    help: given.has('help'),
    presets,
    demo,
    tracesUrl: tracesUrl.value,
    timingsUrl: timingsUrl.value,
    seed: given.get('seed') ?? 'guilds',
    nowMs,
    historyMinutes: number['history-minutes'],
    guilds: Math.max(number.guilds, cast.size),
    live: !given.has('no-live') && !given.has('openmetrics'),
    truth: given.get('truth'),
    openMetrics: given.get('openmetrics'),
    headRate: number['head-rate'],
    tracesPerMinute: number['traces-per-minute'],
    gzip: given.has('gzip'),
    connections: number.connections,
  })
}

/** A target is a base address, or already names the path (`…/v1/traces`). */
function endpoint(option: string, text: string, path: string): Result<URL> {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    return wrong(`--${option} must be an http or https address, not “${text}”.`)
  if (!url.pathname.endsWith(path)) url.pathname = url.pathname.replace(/\/$/, '') + path
  return ok(url)
}

function baseOf(target: string): string {
  return target.replace(/\/v1\/traces\/?$/, '')
}

function wrong<T>(what: string): Result<T> {
  return fail('bad-request', 'request', what, 'See --help.')
}
