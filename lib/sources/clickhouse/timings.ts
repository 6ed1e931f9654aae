import { z } from 'zod'
import { SampleColumns } from '../../analysis/timings/answers.ts'
import { formatExact } from '../../base/format.ts'
import { ok, type Result } from '../../base/result.ts'
import type { SettingsOf } from '../../config/source-fields.ts'
import { MINUTE_MS, type TimingSample } from '../../model/timings.ts'
import type { BackendClient } from '../http/backend-client.ts'
import type { ReadSamples, SampleBackend } from '../sampled/sampled-timings.ts'
import { Asker, type Params } from './ask.ts'
import { identifier } from './shape.ts'

/** Samples read of one answer; more are cut off, and that is said. */
const MAX_SAMPLES = 300_000
/** `DateTime` ends in 2106. */
const LAST_SECOND = 0xffff_ffff

/** A row of `guild_timings`; −1: not stated. Names are short because there is one a sample. */
const sampleRow = z.object({
  g: z.string(),
  m: z.number(),
  n: z.string(),
  a: z.string(),
  b: z.number(),
  c: z.number(),
  w: z.number(),
  x: z.number(),
  r: z.number(),
  d: z.number(),
  s: z.number(),
  k: z.string(),
  hb: z.array(z.number()),
  hc: z.array(z.number()),
})
const newestRow = z.object({ newest: z.number() })
const versionRow = z.object({ version: z.string(), newest: z.number() })

const COLUMNS =
  'GuildId AS g, toUnixTimestamp(Minute) AS m, Node AS n, Action AS a, BusyUs AS b, ifNull(Count, -1) AS c, ifNull(WaitUsTotal, -1) AS w, ' +
  'ifNull(WaitUsMax, -1) AS x, ifNull(Arrived, -1) AS r, ifNull(MailboxDepthMax, -1) AS d, ifNull(Sessions, -1) AS s, GuildName AS k, ' +
  'WaitBoundsUs AS hb, WaitCounts AS hc'

/** Samples of the table `guild_timings`: of each (guild, minute, node, action) the newest version, whether merged yet or not. */
export function clickhouseSamples(
  name: string,
  settings: SettingsOf<'clickhouse'>,
  client: BackendClient,
): SampleBackend {
  const ask = new Asker(client, settings.database, settings.totalTimeoutMs)
  const table = identifier(settings.timingsTable)
  const within = "Minute >= toDateTime({from:UInt32}, 'UTC') AND Minute < toDateTime({to:UInt32}, 'UTC')"

  async function read(
    guildId: string | undefined,
    from: number,
    to: number,
    signal: AbortSignal,
  ): Promise<Result<ReadSamples>> {
    const params: Params = { from: second(from), to: second(to), ...(guildId === undefined ? {} : { guild: guildId }) }
    const of = guildId === undefined ? '' : ' AND GuildId = {guild:String}'
    const answer = await ask.rows(
      `SELECT ${COLUMNS} FROM ${table} FINAL WHERE ${within}${of} ORDER BY Minute DESC LIMIT ${MAX_SAMPLES + 1}`,
      sampleRow,
      params,
      MAX_SAMPLES + 1,
      signal,
    )
    if (!answer.ok) return answer
    const columns = new SampleColumns()
    for (const row of answer.value.slice(0, MAX_SAMPLES)) columns.add(sampleOf(row))
    const notes =
      answer.value.length > MAX_SAMPLES
        ? [`${name} holds more than ${formatExact(MAX_SAMPLES)} samples of this range: only the newest were read.`]
        : []
    return ok({ rows: columns.rows, notes })
  }

  return {
    name,
    gapsAreUnknown: false,
    read,
    async newestMinute(from, to, signal) {
      const answer = await ask.rows(
        `SELECT toUnixTimestamp(max(Minute)) AS newest FROM ${table} WHERE ${within}`,
        newestRow,
        { from: second(from), to: second(to) },
        1,
        signal,
      )
      const newest = answer.ok ? (answer.value[0]?.newest ?? 0) : 0
      return newest === 0 ? undefined : Math.floor(newest / 60)
    },
    retention: () => Promise.resolve(ok({ rule: `as the TTL of ${settings.timingsTable} keeps them` })),
    async health(signal) {
      const base = { name, kind: 'clickhouse' } as const
      const answer = await ask.rows(
        `SELECT version() AS version, toUnixTimestamp(max(Minute)) AS newest FROM ${table} WHERE Minute > now() - INTERVAL 1 DAY`,
        versionRow,
        {},
        1,
        signal,
      )
      const { lastErrors } = client.stats()
      if (!answer.ok) return { ...base, ok: false, failure: answer.failure, lastErrors, facts: [] }
      const { version, newest } = answer.value[0] ?? { version: '', newest: 0 }
      return {
        ...base,
        ok: true,
        version,
        ...(newest > 0 ? { lagMs: Math.max(0, Date.now() - newest * 1_000) } : {}),
        abilities: [
          { what: 'Minutes of a guild by action type', can: true },
          { what: 'The fleet, ranked', can: true },
          { what: 'Say until when minutes are kept', can: false, why: 'The table’s TTL is not read.' },
        ],
        lastErrors,
        facts: [
          { label: 'Table', value: settings.timingsTable },
          {
            label: 'Newest minute',
            value: newest === 0 ? 'none in the last day' : new Date(newest * 1_000).toISOString(),
          },
        ],
      }
    },
  }
}

function second(minute: number): number {
  return Math.min(LAST_SECOND, Math.max(0, minute * 60))
}

function sampleOf(row: z.infer<typeof sampleRow>): TimingSample {
  const stated = (value: number) => (value < 0 ? undefined : value)
  return {
    guildId: row.g,
    minuteMs: Math.floor(row.m / 60) * MINUTE_MS,
    node: row.n,
    action: row.a,
    busyUs: row.b,
    count: stated(row.c),
    waitUsTotal: stated(row.w),
    waitUsMax: stated(row.x),
    arrived: stated(row.r),
    mailboxDepthMax: stated(row.d),
    sessions: stated(row.s),
    ...(row.k === '' ? {} : { guildName: row.k }),
    ...(row.hc.length === 0 ? {} : { waitHistogram: { boundsUs: row.hb, counts: row.hc } }),
  }
}
