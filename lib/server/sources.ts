/**
 * The sources of this instance by name: its own store, what the configuration names, and minutes that are derived from spans. A reader
 * chooses among them by name and never by address.
 */
import { fail, ok, type Result } from '../base/result.ts'
import type { Config } from '../config/config.ts'
import { storeSourceOf } from '../config/store-source.ts'
import type { LinkOut, SourceChoice, SourceChoices, SourceLack } from '../model/instance.ts'
import type { TraceWhereabouts } from '../model/trace-whereabouts.ts'
import { absentTimings, absentTraces } from '../sources/absent.ts'
import { DERIVED, derivedTimings } from '../sources/derived/index.ts'
import type { SourcesHost } from '../sources/host/sources-host.ts'
import type { TimingsSource } from '../sources/timings-source.ts'
import type { SourceHealth, SourceKind, TraceCapabilities, TraceSource } from '../sources/trace-source.ts'
import { HealthWatch } from './source-health.ts'
import { TraceFinder } from './trace-finder.ts'

/** The instance's own store, as far as it is a source. */
export interface OwnSources {
  readonly traces: TraceSource
  readonly timings: TimingsSource
}

export interface Sources {
  /** The source of traces of this name, or the default. `bad-request`: there is none of that name. */
  traces(name?: string): Result<TraceSource>
  timings(name?: string): Result<TimingsSource>
  /** Both for a freeze: a source that does not exist is an absent one, which says so for each question. */
  pair(choice: { readonly source?: string | undefined; readonly timings?: string | undefined }): Result<{
    readonly traces: TraceSource
    readonly timings: TimingsSource
  }>
  /** In which sources a trace is. */
  find(traceId: string, first: boolean, signal: AbortSignal): Promise<TraceWhereabouts>
  choices(): SourceChoices
  linksOut(): readonly LinkOut[]
  /** How each is: what came within a moment, else what was known last. */
  health(signal: AbortSignal): Promise<readonly SourceHealth[]>
  /** Asks one source now, within a bound. `not-found`: there is none of that name. */
  tryIt(name: string, signal: AbortSignal): Promise<Result<readonly SourceHealth[]>>
  /** Adds a line to what /sources tells of a source, made anew each time. */
  remark(name: string, label: string, value: () => string): void
  close(): Promise<void>
}

const DERIVED_LIMIT = 'Minutes are estimated from sampled spans, not counted by the guilds’ processes.'

function lacksOf({ links, nanoseconds, weights }: TraceCapabilities): SourceLack[] {
  return [
    ...(links ? [] : (['links'] as const)),
    ...(nanoseconds ? [] : (['nanoseconds'] as const)),
    ...(weights === false ? (['weights'] as const) : []),
  ]
}

export function createSources(
  config: Pick<Config, 'store' | 'clickhouseStore' | 'sources' | 'defaults' | 'links'>,
  own: OwnSources | undefined,
  host: SourcesHost | undefined,
): Sources {
  const traces = new Map<string, TraceSource>()
  const timings = new Map<string, TimingsSource>()
  if (own !== undefined) {
    traces.set(own.traces.name, own.traces)
    timings.set(own.timings.name, own.timings)
  }
  for (const [name, source] of host?.traces ?? []) traces.set(name, source)
  for (const [name, source] of host?.timings ?? []) timings.set(name, source)
  // The store comes first where nothing else is said: what is sent here is looked for here.
  const stored = config.store === 'clickhouse' ? storeSourceOf(config) : undefined
  const store = typeof stored === 'object' ? stored.name : undefined
  const standard = (from: ReadonlyMap<string, unknown>) =>
    store !== undefined && from.has(store) ? store : from.keys().next().value
  const first = {
    traces: config.defaults.traces ?? standard(traces),
    timings: config.defaults.timings ?? standard(timings),
  }
  // Minutes of the spans of the source that is asked first; last in order, so that counted minutes are the default.
  const spans = traces.get(first.traces ?? '')
  if (spans !== undefined) {
    timings.set(DERIVED, derivedTimings(spans))
    first.timings ??= DERIVED
  }
  // Where there is only the embedded store, minutes come with its spans: derived ones can be asked for by name, but are no choice to make.
  const offered = [...timings].filter(
    ([name]) => name !== DERIVED || own === undefined || Object.keys(config.sources).length > 0,
  )
  const kindOf = (name: string): SourceKind =>
    name === DERIVED ? 'derived' : (config.sources[name]?.kind ?? 'embedded')
  const remarks: { readonly name: string; readonly label: string; readonly value: () => string }[] = []
  const remarked = (health: SourceHealth): SourceHealth => ({
    ...health,
    facts: [
      ...health.facts,
      ...remarks.filter(({ name }) => name === health.name).map(({ label, value }) => ({ label, value: value() })),
    ],
  })
  const watch = new HealthWatch([
    ...[...traces].map(([name, source]) => ({ name, kind: kindOf(name), what: 'traces' as const, source })),
    ...offered.map(([name, source]) => ({ name, kind: kindOf(name), what: 'timings' as const, source })),
  ])
  const chosen = <S>(from: ReadonlyMap<string, S>, what: 'traces' | 'timings', name: string | undefined): Result<S> => {
    const source = from.get(name ?? first[what] ?? '')
    if (source !== undefined) return ok(source)
    const names = [...from.keys()].join(', ')
    if (name === undefined)
      return fail(
        'not-found',
        what,
        `No source of ${what} is configured.`,
        `Name one in "sources" of the configuration; docs/sources.md lists the kinds.`,
      )
    return fail(
      'bad-request',
      'request',
      `No source of ${what} is named “${name}”.`,
      names === '' ? `No source of ${what} is configured.` : `Choose one of ${names}.`,
    )
  }
  const finder = new TraceFinder(() => {
    const head = first.traces === undefined ? undefined : traces.get(first.traces)
    return head === undefined ? [...traces.values()] : [head, ...[...traces.values()].filter((one) => one !== head)]
  })
  return {
    traces: (name) => chosen(traces, 'traces', name),
    timings: (name) => chosen(timings, 'timings', name),
    find: (traceId, first, signal) => finder.find(traceId, first, signal),
    pair: (choice) => {
      const spans = chosen(traces, 'traces', choice.source)
      if (!spans.ok && choice.source !== undefined) return spans
      const minutes = chosen(timings, 'timings', choice.timings)
      if (!minutes.ok && choice.timings !== undefined) return minutes
      return ok({
        traces: spans.ok ? spans.value : absentTraces(spans.failure),
        timings: minutes.ok ? minutes.value : absentTimings(minutes.failure),
      })
    },
    choices: () => {
      return {
        traces: [...traces].map(
          ([name, { capabilities }]): SourceChoice => ({
            name,
            kind: kindOf(name),
            limits: capabilities.limits,
            lacks: lacksOf(capabilities),
          }),
        ),
        timings: offered.map(
          ([name, source]): SourceChoice => ({
            name,
            kind: kindOf(name),
            limits: name === DERIVED ? [DERIVED_LIMIT] : [],
            lacks: source.hours === undefined ? ['hours'] : [],
          }),
        ),
        defaults: first,
      }
    },
    linksOut: () => [
      ...Object.entries(config.sources).flatMap(([source, settings]) =>
        Object.entries(settings.links).map(([label, template]) => ({ label, template, source })),
      ),
      ...Object.entries(config.links).map(([label, template]) => ({ label, template })),
    ],
    health: async (signal) => (await watch.recent(signal)).map(remarked),
    tryIt: async (name, signal) => {
      const tried = await watch.tryIt(name, signal)
      return tried.ok ? ok(tried.value.map(remarked)) : tried
    },
    remark: (name, label, value) => {
      remarks.push({ name, label, value })
    },
    close: async () => {
      await host?.close()
    },
  }
}
