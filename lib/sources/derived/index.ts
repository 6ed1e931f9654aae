import { SampleColumns } from '../../analysis/timings/answers.ts'
import { type DerivedFacts, MinutesFromSpans } from '../../analysis/timings/from-spans.ts'
import { formatExact } from '../../base/format.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { MINUTE_MS, type Retention } from '../../model/timings.ts'
import { SEARCH_DEPTH } from '../fetched/search-page.ts'
import { type ReadSamples, type SampleBackend, sampledTimings } from '../sampled/sampled-timings.ts'
import type { MinuteRange, TimingsSource } from '../timings-source.ts'
import type { SourceHealth, TraceSource } from '../trace-source.ts'

export const DERIVED = 'derived'
/** Spans of one guild that are read for one answer. */
const MAX_SPANS = 400_000
/** A fleet is read from the newest traces, and so many guilds among them, the most frequent first. */
const FLEET_TRACES = 500
const FLEET_GUILDS = 24
const FLEET_SPANS = 50_000
const FLEET_AT_ONCE = 4
/** Spans that began so long before a range reach into it. */
const REACH_MINUTES = 10

interface GuildRead {
  readonly facts: DerivedFacts
  /** There are more traces than were asked for: how many were, and when the oldest of them began. */
  readonly since?: { readonly traces: number; readonly ms: number }
}

/** Minutes of guilds as far as spans tell them: for where nobody counts minutes. Labelled as derived wherever they are shown. */
export function derivedTimings(traces: TraceSource, now: () => number = Date.now): TimingsSource {
  async function guildInto(
    columns: SampleColumns,
    guild: string,
    from: number,
    to: number,
    maxSpans: number,
    signal: AbortSignal,
  ): Promise<Result<GuildRead>> {
    const minutes = new MinutesFromSpans(from, to)
    const fromMs = Math.max(0, from - REACH_MINUTES) * MINUTE_MS
    const query = {
      guild,
      fromMs,
      toMs: Math.min(to * MINUTE_MS, now() + MINUTE_MS),
      maxSpans,
      scope: 'guild',
    } as const
    if (query.toMs <= query.fromMs) return ok({ facts: minutes.facts() })
    const cut = cutOf(guild, query, signal)
    for await (const forest of traces.spansOf(query, signal)) {
      if (!forest.ok) return forest
      minutes.add(forest.value)
    }
    if (signal.aborted) return fail('cancelled', DERIVED, 'The question was withdrawn.', 'Ask again.')
    minutes.into(columns, guild)
    const since = await cut
    return ok({ facts: minutes.facts(), ...(since === undefined ? {} : { since }) })
  }

  /** A system that is searched for a number of traces tells with the list whether there are more; it is the search that the spans come from. */
  async function cutOf(guild: string, range: MinuteRange, signal: AbortSignal): Promise<GuildRead['since']> {
    if (traces.capabilities.flame) return undefined
    const { fromMs, toMs } = range
    const found = await traces.searchTraces({ guild, fromMs, toMs, sort: 'newest', limit: SEARCH_DEPTH }, signal)
    const oldest = found.ok && found.value.next !== undefined ? found.value.items.at(-1) : undefined
    return oldest === undefined || !found.ok ? undefined : { traces: found.value.items.length, ms: oldest.startMs }
  }

  async function fleetInto(columns: SampleColumns, from: number, to: number, signal: AbortSignal) {
    const found = await traces.searchTraces(
      { fromMs: from * MINUTE_MS, toMs: to * MINUTE_MS, sort: 'newest', limit: FLEET_TRACES },
      signal,
    )
    if (!found.ok) return found
    const often = new Map<string, number>()
    for (const { guildId } of found.value.items)
      if (guildId !== undefined) often.set(guildId, (often.get(guildId) ?? 0) + 1)
    const guilds = [...often].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([guild]) => guild)
    const chosen = guilds.slice(0, FLEET_GUILDS)
    const notes = [
      `Guilds are those of the newest ${formatExact(found.value.items.length)} traces of ${traces.name}${guilds.length > chosen.length ? `, the ${chosen.length} most frequent of ${formatExact(guilds.length)}` : ''}: others may be at work.`,
    ]
    const reads: GuildRead[] = []
    let next = 0
    let failed: Result<never> | undefined
    const work = async () => {
      while (next < chosen.length && failed === undefined) {
        const done = await guildInto(columns, chosen[next++], from, to, FLEET_SPANS, signal)
        if (done.ok) reads.push(done.value)
        else failed = done
      }
    }
    await Promise.all(Array.from({ length: FLEET_AT_ONCE }, work))
    return failed ?? ok({ reads, notes })
  }

  async function read(
    guildId: string | undefined,
    from: number,
    to: number,
    signal: AbortSignal,
  ): Promise<Result<ReadSamples>> {
    const columns = new SampleColumns()
    if (guildId !== undefined) {
      const facts = await guildInto(columns, guildId, from, to, MAX_SPANS, signal)
      return facts.ok ? ok({ rows: columns.rows, notes: words([facts.value], MAX_SPANS) }) : facts
    }
    const fleet = await fleetInto(columns, from, to, signal)
    if (!fleet.ok) return fleet
    const { reads, notes } = fleet.value
    return ok({ rows: columns.rows, notes: [...words(reads, FLEET_SPANS), ...notes] })
  }

  function words(reads: readonly GuildRead[], maxSpans: number): string[] {
    const said = derivedWords(
      traces.name,
      reads.map(({ facts }) => facts),
      maxSpans,
    )
    const cut = reads.flatMap(({ since }) => (since === undefined ? [] : [since]))
    if (cut.length === 0) return said
    const [{ traces: count, ms }] = cut
    const what = `Only the newest ${formatExact(count)} traces that ${traces.name} was asked for are read`
    said.push(
      reads.length === 1
        ? `${what}, since ${new Date(ms).toISOString().slice(11, 16)} UTC: what was before is not known.`
        : `${what} of a guild: of ${cut.length === 1 ? '1 guild' : `${formatExact(cut.length)} guilds`} earlier minutes are not known.`,
    )
    return said
  }

  const retention = (): Promise<Result<Retention>> => Promise.resolve(ok({ rule: `as ${traces.name} keeps spans` }))

  async function health(signal: AbortSignal): Promise<SourceHealth> {
    const { ok: isOk, failure, version, lagMs } = await traces.health(signal)
    return {
      name: DERIVED,
      kind: 'derived',
      ok: isOk,
      ...(failure === undefined ? {} : { failure }),
      ...(version === undefined ? {} : { version }),
      ...(lagMs === undefined ? {} : { lagMs }),
      abilities: ABILITIES,
      facts: [{ label: 'Derived from spans of', value: traces.name }],
    }
  }

  const backend: SampleBackend = { name: DERIVED, gapsAreUnknown: true, read, retention, health }
  return sampledTimings(backend, now)
}

/** What the numbers rest on, in sentences. */
export function derivedWords(source: string, all: readonly DerivedFacts[], maxSpans: number): string[] {
  const sum = (of: (facts: DerivedFacts) => number) => all.reduce((total, facts) => total + of(facts), 0)
  const spans = sum(({ spans }) => spans)
  const unknown = sum(({ unknownWeights }) => unknownWeights)
  const seen = sum(({ seen }) => seen)
  if (spans === 0)
    return [
      seen === 0
        ? `Derived from spans of ${source}, of which there are none here.`
        : `Nothing can be derived: none of ${formatExact(seen)} spans of ${source} is of the guild’s process (stage “guild”).`,
    ]
  const notes = [
    `Derived from ${formatExact(spans)} sampled ${spans === 1 ? 'span' : 'spans'} of ${source}, not counted by the guild’s process.`,
  ]
  const half = Math.sqrt(sum(({ halfWidthUs }) => halfWidthUs ** 2))
  if (unknown > 0)
    notes.push(
      `${unknown === spans ? 'None of them tells' : `${formatExact(unknown)} of them do not tell`} how many it stands for, so the minutes show at least so much, and may have held more.`,
    )
  else
    notes.push(
      half === 0
        ? 'Every span was kept, so there is no error of sampling.'
        : `Busy in all: ${seconds(sum(({ busyUs }) => busyUs))} ± ${seconds(half)} s (95%, sampling alone).`,
    )
  if (all.some(({ seen }) => seen >= maxSpans))
    notes.push(`Only the first ${formatExact(maxSpans)} spans of a guild are read: minutes may be missing.`)
  return notes
}

function seconds(us: number): string {
  return (us / 1e6).toPrecision(3).replace(/e\+?\d+$/, (exponent) => `×10^${exponent.slice(2)}`)
}

export const ABILITIES = [
  { what: 'Minutes of a guild by action type', can: true },
  { what: 'Exact minutes', can: false, why: 'They are estimated from sampled spans.' },
  { what: 'The whole fleet', can: false, why: 'Only guilds of the newest traces are looked at.' },
  { what: 'Silent guilds', can: false, why: 'A guild without a sampled span may still be at work.' },
  { what: 'Backlog of the mailbox', can: false, why: 'Spans tell what was handled, not what arrived.' },
] as const
