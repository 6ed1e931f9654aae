import type { Result } from '../base/result.ts'
import type { TraceEvidence } from '../evidence/trace-evidence.ts'
import type { FlameAnswer } from '../model/call-tree.ts'
import type { StoreFigures } from '../model/instance.ts'
import type { SpanColumns, SpanDetails, SpanIds, Trace } from '../model/span-columns.ts'
import type { FleetAnswer, GuildMinutes, HourlyTotal, Retention } from '../model/timings.ts'
import type { SamplesAnswer } from '../model/timings-reading.ts'
import type { Page, TraceQuery, TraceSummary } from '../model/trace-list.ts'
import type { ThreadReply } from '../sources/thread/asker.ts'
import type { FleetQuery, MinuteRange } from '../sources/timings-source.ts'
import type { SpanQuery } from '../sources/trace-source.ts'
import type { IngestAnswer } from './types.ts'

/** What the web process may ask of the store's worker: `[question, answer]` per operation. */
export interface Operations {
  ingestTraces: [{ readonly body: Uint8Array<ArrayBuffer>; readonly format: 'protobuf' | 'json' }, Result<IngestAnswer>]
  ingestTimings: [{ readonly body: Uint8Array<ArrayBuffer>; readonly format: 'json' | 'ndjson' }, Result<IngestAnswer>]
  searchTraces: [TraceQuery, Result<Page<TraceSummary>>]
  trace: [{ readonly traceId: string }, Result<Trace>]
  traceWire: [{ readonly traceId: string }, Result<Uint8Array<ArrayBuffer>>]
  spanIds: [{ readonly traceId: string }, Result<SpanIds>]
  spanDetails: [
    { readonly traceId: string; readonly index: number; readonly of: number | undefined },
    Result<SpanDetails>,
  ]
  traceEvidence: [{ readonly traceId: string }, Result<TraceEvidence>]
  /** Batch `batch` (from 0) of the forests of a query, `run` telling readings apart; `undefined`: there are no more. */
  spansOf: [
    { readonly query: SpanQuery; readonly run: number; readonly batch: number },
    Result<SpanColumns | undefined>,
  ]
  flame: [SpanQuery, Result<FlameAnswer>]
  fleet: [FleetQuery, Result<FleetAnswer>]
  minutes: [{ readonly guildId: string; readonly range: MinuteRange }, Result<GuildMinutes>]
  minutesJson: [{ readonly guildId: string; readonly range: MinuteRange }, Result<Uint8Array<ArrayBuffer>>]
  samples: [{ readonly guildId: string; readonly range: MinuteRange; readonly limit: number }, Result<SamplesAnswer>]
  hours: [{ readonly guildId: string; readonly range: MinuteRange }, Result<readonly HourlyTotal[]>]
  retention: [{ readonly guildId: string }, Result<Retention>]
  stats: [undefined, StoreFigures]
  close: [undefined, undefined]
}

export type Operation = keyof Operations

export type Request =
  | { readonly id: number; readonly op: Operation; readonly question: Operations[Operation][0] }
  | { readonly id: number; readonly op: 'cancel' }

export type Reply = ThreadReply<Operations[Operation][1]> | { readonly ready: Result<undefined> }
