import { z } from 'zod'
import { SampleColumns } from '../../analysis/timings/answers.ts'
import { formatExact } from '../../base/format.ts'
import { ok, type Result } from '../../base/result.ts'
import type { SettingsOf } from '../../config/source-fields.ts'
import { MINUTE_MS, type Retention } from '../../model/timings.ts'
import type { BackendClient } from '../http/backend-client.ts'
import type { ReadSamples, SampleBackend } from '../sampled/sampled-timings.ts'
import type { SourceHealth } from '../trace-source.ts'
import { queryRange, type Series } from './query-range.ts'
import { PROM_MEASURES, queryOf, templatesOf } from './templates.ts'

/** Series of one measure that are read; a fleet with more is shown in part, and that is said. */
const MAX_SERIES = 50_000
const MAX_SAMPLES = 4_000_000
const MINUTE_S = 60
const NO_ACTION = '(not named)'

/** What Prometheus and VictoriaMetrics know about guilds, as samples of the timings API: one query a measure. */
export function prometheusBackend(
  name: string,
  settings: SettingsOf<'prometheus'>,
  client: BackendClient,
  now: () => number = Date.now,
): SampleBackend {
  const templates = templatesOf(settings)
  const { labels } = settings
  const approximate = `Minutes are approximate for ${name}: its scrapes do not begin with the minute.`

  async function read(
    guildId: string | undefined,
    from: number,
    to: number,
    signal: AbortSignal,
  ): Promise<Result<ReadSamples>> {
    const columns = new SampleColumns()
    const notes = new Set([approximate])
    // What happened in a minute is asked for at its end. A minute that has not begun has no end to ask for.
    const last = Math.min(to, Math.floor(now() / MINUTE_MS) + 1)
    if (last <= from) return ok({ rows: columns.rows, notes: [...notes] })
    const range = { start: (from + 1) * MINUTE_S, end: last * MINUTE_S, step: MINUTE_S }
    const answers = await Promise.all(
      PROM_MEASURES.map(({ measure }) => queryRange(client, queryOf(templates[measure], guildId), range, signal)),
    )
    const busy = answers[0]
    if (!busy.ok) return busy
    const merged = new Merged(labels)
    for (let k = 0; k < PROM_MEASURES.length; k++) {
      const answer = answers[k]
      const { measure, column, factor, isMax } = PROM_MEASURES[k]
      if (!answer.ok) {
        if (answer.failure.kind === 'cancelled') return answer
        notes.add(`${measure} is not shown: ${answer.failure.what}`)
        continue
      }
      for (const warning of answer.value.warnings) notes.add(`${name} warns: ${warning.slice(0, 300)}`)
      const { series } = answer.value
      if (series.length > MAX_SERIES)
        notes.add(
          `${name} has ${formatExact(series.length)} series of ${measure}; the first ${formatExact(MAX_SERIES)} are read.`,
        )
      for (const each of series.slice(0, MAX_SERIES)) merged.add(each, guildId, column, factor, isMax)
    }
    if (merged.infinite)
      notes.add(`Values of ${name} that are no finite numbers are left out: those minutes are unknown.`)
    if (!merged.into(columns)) notes.add(`Only the first ${formatExact(MAX_SAMPLES)} samples of the range were read.`)
    return ok({ rows: columns.rows, notes: [...notes] })
  }

  async function newestMinute(from: number, to: number, signal: AbortSignal): Promise<number | undefined> {
    const newest = await newestPoint((from + 1) * MINUTE_S, to * MINUTE_S, MINUTE_S, signal)
    return newest.ok && newest.value !== undefined ? newest.value / MINUTE_S - 1 : undefined
  }

  /** Unix seconds of the newest step that has a value for any guild. */
  async function newestPoint(
    start: number,
    end: number,
    step: number,
    signal: AbortSignal,
  ): Promise<Result<number | undefined>> {
    const answer = await queryRange(
      client,
      `count(${queryOf(templates.busy, undefined)})`,
      { start, end, step },
      signal,
    )
    if (!answer.ok) return answer
    const times = answer.value.series.flatMap(({ values }) => values.map(([time]) => time))
    return ok(times.length === 0 ? undefined : Math.max(...times))
  }

  function retention(): Promise<Result<Retention>> {
    const { retentionMinutes } = settings
    return Promise.resolve(
      ok(
        retentionMinutes === undefined
          ? { rule: `as ${name} keeps its series` }
          : { retainedFromMs: now() - retentionMinutes * MINUTE_MS, rule: `${formatExact(retentionMinutes)} min` },
      ),
    )
  }

  async function health(signal: AbortSignal): Promise<SourceHealth> {
    const end = Math.floor(now() / 15_000) * 15
    const newest = await newestPoint(end - 3_600, end, 15, signal)
    const build = newest.ok
      ? await client.bytes({ path: '/api/v1/status/buildinfo', signal, maxBytes: 100_000, answers: [401, 403, 404] })
      : newest
    const version = build.ok && build.value.status === 200 ? versionOf(build.value.body) : undefined
    const newestS = newest.ok ? newest.value : undefined
    return {
      name,
      kind: 'prometheus',
      ok: newest.ok,
      ...(newest.ok ? {} : { failure: newest.failure }),
      ...(version === undefined ? {} : { version }),
      abilities: ABILITIES,
      ...(newestS === undefined ? {} : { lagMs: Math.max(0, now() - newestS * 1_000) }),
      lastErrors: client.stats().lastErrors,
      facts: [
        { label: 'Busy time', value: templates.busy },
        {
          label: 'Newest minute',
          value: newestS === undefined ? 'none in the last hour' : new Date(newestS * 1_000).toISOString(),
        },
      ],
    }
  }

  return { name, gapsAreUnknown: true, read, newestMinute, retention, health }
}

export const ABILITIES = [
  { what: 'Minutes of a guild by action type', can: true },
  { what: 'The fleet, ranked', can: true },
  {
    what: 'Minutes to the second',
    can: false,
    why: 'Scrapes do not begin with the minute: what happened near its ends may count for the next.',
  },
  {
    what: 'Median of the mailbox wait',
    can: false,
    why: 'Only totals and maxima of it are read, so the mean is shown.',
  },
  {
    what: 'Hold a suspect guild’s minutes',
    can: false,
    why: 'Its series rotate as it was configured; a recorder can copy them here.',
  },
] as const

interface Labels {
  readonly guild: string
  readonly action: string
  readonly node: string
}

/** Values of all measures by (guild, node, action) and minute. Series whose labels differ in others are added up. */
class Merged {
  readonly #labels: Labels
  readonly #keys = new Map<
    string,
    { guild: string; node: string; action: string | undefined; minutes: Map<number, number[]> }
  >()
  infinite = false

  constructor(labels: Labels) {
    this.#labels = labels
  }

  add(series: Series, guildId: string | undefined, column: number, factor: number, isMax: boolean): void {
    const guild = series.metric[this.#labels.guild] ?? guildId
    // A template without `{guild}` answers every guild.
    if (guild === undefined || guild === '' || (guildId !== undefined && guild !== guildId)) return
    const node = series.metric[this.#labels.node] ?? ''
    const action = series.metric[this.#labels.action]
    const key = JSON.stringify([guild, node, action])
    let known = this.#keys.get(key)
    if (known === undefined) {
      known = { guild, node, action, minutes: new Map() }
      this.#keys.set(key, known)
    }
    for (const [time, text] of series.values) {
      const value = Number(text)
      if (!Number.isFinite(value) || value < 0) {
        this.infinite = true
        continue
      }
      const minute = Math.round(time / MINUTE_S) - 1
      let values = known.minutes.get(minute)
      if (values === undefined) {
        values = [-1, -1, -1, -1, -1, -1, -1]
        known.minutes.set(minute, values)
      }
      const scaled = value * factor
      const before = values[column]
      values[column] = before < 0 ? scaled : isMax ? Math.max(before, scaled) : before + scaled
    }
  }

  /** As samples. Where busy time is by action but a largest depth or the sessions are not, these are said of every action. */
  into(columns: SampleColumns): boolean {
    const whole = new Map<string, Map<number, number[]>>()
    const named = new Set<string>()
    for (const { guild, node, action, minutes } of this.#keys.values()) {
      const place = JSON.stringify([guild, node])
      if (action === undefined) whole.set(place, minutes)
      else named.add(place)
    }
    let complete = true
    for (const { guild, node, action, minutes } of this.#keys.values()) {
      const place = JSON.stringify([guild, node])
      if (action === undefined && named.has(place)) continue
      const common = action === undefined ? undefined : whole.get(place)
      for (const [minute, values] of minutes) {
        // No busy time: no sample. Depth and sessions alone do not say that the guild worked.
        if (values[0] < 0) continue
        const shared = common?.get(minute)
        const [, count, waitTotal, , arrived] = values
        const [waitMax, depth, sessions] = [3, 5, 6].map((column) => Math.max(values[column], shared?.[column] ?? -1))
        complete =
          columns.add(
            {
              guildId: guild,
              minuteMs: minute * MINUTE_MS,
              node,
              action: action ?? NO_ACTION,
              busyUs: values[0],
              count,
              waitUsTotal: waitTotal,
              waitUsMax: waitMax,
              arrived,
              mailboxDepthMax: depth,
              sessions,
            },
            MAX_SAMPLES,
          ) && complete
      }
    }
    return complete
  }
}

const buildInfo = z.object({ data: z.object({ version: z.string().max(200) }) })

function versionOf(body: Uint8Array): string | undefined {
  try {
    const parsed = buildInfo.safeParse(JSON.parse(new TextDecoder().decode(body)))
    return parsed.success ? parsed.data.data.version : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
