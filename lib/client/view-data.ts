/**
 * Where a view's data comes from. Views (heat map, flame graph, waterfall, compare) ask this and nothing else, so that the same
 * view works on the live sources, on the frozen evidence of an incident, and inside an exported file.
 */
import type { FlameAnswer } from '../model/call-tree.ts'
import type { SourcesChosen } from '../model/freeze.ts'
import type { OnProgress } from '../model/read-progress.ts'
import type { SpanDetails } from '../model/span-columns.ts'
import type { GuildMinutes, Retention } from '../model/timings.ts'
import type { Page, TraceQuery, TraceSummary } from '../model/trace-list.ts'
import {
  type Api,
  fetchFlame,
  fetchMinutes,
  fetchRetention,
  fetchSpanDetails,
  fetchSpanIds,
  fetchTraces,
  type RangeMs,
  traceUrl,
} from './api.ts'
import type { LoadedTrace } from './trace-loaded.ts'
import { type LoadProgress, loadTrace } from './trace-loader.ts'

export interface FlameQuestion {
  readonly guildId: string
  readonly range: RangeMs
  readonly action: string | undefined
  readonly scope: 'guild' | 'trace'
}

/** What is frozen, where the data is evidence and not the live sources. */
export interface FrozenIn {
  readonly incidentId: string
  readonly frozenAtMs: number
}

/** Every call rejects with `ApiFailure`, whose `failure` is a sentence for the reader; an abort passes through. */
export interface ViewData {
  /** First part of every query key: data of different origin must never share a cache entry. */
  readonly key: string
  /** Undefined: live. Live data is asked for again; frozen data never changes. */
  readonly frozen: FrozenIn | undefined
  /** The sources that are asked, by name; absent ones are the defaults. Of frozen data: none. */
  readonly chosen: SourcesChosen
  minutes(guildId: string, range: RangeMs, signal?: AbortSignal): Promise<GuildMinutes>
  retention(guildId: string, signal?: AbortSignal): Promise<Retention>
  /** `onProgress`: told what was read for it, where that is more than one thing. */
  flame(question: FlameQuestion, signal?: AbortSignal, onProgress?: OnProgress): Promise<FlameAnswer>
  traces(query: TraceQuery, signal?: AbortSignal): Promise<Page<TraceSummary>>
  /** A whole trace, decoded and indexed. */
  loadTrace(
    traceId: string,
    groupThreshold: number,
    onProgress: (progress: LoadProgress) => void,
    signal: AbortSignal,
  ): Promise<LoadedTrace>
  /** Span ids in column order. */
  spanIds(traceId: string, signal?: AbortSignal): Promise<BigUint64Array>
  /** `count`: how many spans the caller holds; refused when the trace has grown since. */
  spanDetails(traceId: string, index: number, count: number, signal?: AbortSignal): Promise<SpanDetails>
  /** Addresses of the views on the same data. Query strings are appended by the caller. */
  traceHref(traceId: string): string
  guildHref(guildId: string): string
  compareHref(): string
}

function viewData(key: string, api: Api, pages: string, frozen: FrozenIn | undefined): ViewData {
  return {
    key,
    frozen,
    chosen: { source: api.source, timings: api.timings },
    minutes: (guildId, range, signal) => fetchMinutes(guildId, range, signal, api),
    retention: (guildId, signal) => fetchRetention(guildId, signal, api),
    // Evidence is on this machine: it is there at once.
    flame: ({ guildId, range, action, scope }, signal, onProgress) =>
      fetchFlame(guildId, range, action, scope, signal, api, frozen === undefined ? onProgress : undefined),
    traces: (query, signal) => fetchTraces(query, signal, api),
    loadTrace: (traceId, threshold, onProgress, signal) =>
      loadTrace(traceUrl(traceId, api), threshold, onProgress, signal),
    spanIds: (traceId, signal) => fetchSpanIds(traceId, signal, api),
    spanDetails: (traceId, index, count, signal) => fetchSpanDetails(traceId, index, count, signal, api),
    traceHref: (traceId) => `${pages}/traces/${encodeURIComponent(traceId)}`,
    guildHref: (guildId) => `${pages}/guilds/${encodeURIComponent(guildId)}`,
    compareHref: () => `${pages}/compare`,
  }
}

/** The live sources that are asked where nobody chose. */
export const LIVE: ViewData = liveData({})

/** The live sources of these names. */
export function liveData({ source, timings }: SourcesChosen): ViewData {
  const key = ['live', source ?? '', timings ?? ''].join(' ').trimEnd()
  return viewData(key, { path: '/api', source, timings }, '', undefined)
}

/** The frozen evidence of an incident: the same routes below the incident's own address. */
export function evidenceData(incidentId: string, frozenAtMs: number): ViewData {
  const id = encodeURIComponent(incidentId)
  return viewData(`incident ${incidentId}`, { path: `/api/incidents/${id}/evidence` }, `/incidents/${id}`, {
    incidentId,
    frozenAtMs,
  })
}
