import type { Result } from '../../base/result.ts'
import type { SourceSettings } from '../../config/source-fields.ts'
import type { TraceEvidence } from '../../evidence/trace-evidence.ts'
import type { FlameAnswer } from '../../model/call-tree.ts'
import type { SpanColumns, SpanDetails, SpanIds, Trace } from '../../model/span-columns.ts'
import type { FleetAnswer, GuildMinutes, HourlyTotal, Retention } from '../../model/timings.ts'
import type { SamplesAnswer } from '../../model/timings-reading.ts'
import type { Page, TraceQuery, TraceSummary } from '../../model/trace-list.ts'
import type { BackendStats } from '../http/backend-client.ts'
import type { ThreadReply } from '../thread/asker.ts'
import type { FleetQuery, MinuteRange } from '../timings-source.ts'
import type { SourceHealth, SpanQuery, TimeHint, TraceCapabilities } from '../trace-source.ts'

/** What the web process may ask of the sources' thread, each of one source: `[question, answer]` per operation. */
export interface Operations {
  searchTraces: [TraceQuery, Result<Page<TraceSummary>>]
  trace: [{ readonly traceId: string; readonly hint: TimeHint | undefined }, Result<Trace>]
  traceWire: [{ readonly traceId: string; readonly hint: TimeHint | undefined }, Result<Uint8Array<ArrayBuffer>>]
  spanIds: [{ readonly traceId: string }, Result<SpanIds>]
  spanDetails: [
    { readonly traceId: string; readonly index: number; readonly of: number | undefined },
    Result<SpanDetails>,
  ]
  traceEvidence: [{ readonly traceId: string }, Result<TraceEvidence>]
  /** The next batch of the reading `run`, which the first question begins; `undefined`: there are no more. */
  spansNext: [{ readonly query: SpanQuery; readonly run: number }, Result<SpanColumns | undefined>]
  /** The reader of `run` has left. */
  spansEnd: [{ readonly run: number }, undefined]
  flame: [SpanQuery, Result<FlameAnswer>]
  fleet: [FleetQuery, Result<FleetAnswer>]
  minutes: [{ readonly guildId: string; readonly range: MinuteRange }, Result<GuildMinutes>]
  minutesJson: [{ readonly guildId: string; readonly range: MinuteRange }, Result<Uint8Array<ArrayBuffer>>]
  samples: [{ readonly guildId: string; readonly range: MinuteRange; readonly limit: number }, Result<SamplesAnswer>]
  hours: [{ readonly guildId: string; readonly range: MinuteRange }, Result<readonly HourlyTotal[]>]
  retention: [{ readonly guildId: string }, Result<Retention>]
  /** Health comes with the capabilities: what a source can do may be known only after it was asked. */
  tracesHealth: [undefined, { readonly health: SourceHealth; readonly capabilities: TraceCapabilities }]
  timingsHealth: [undefined, SourceHealth]
  stats: [undefined, BackendStats]
}

export type Operation = keyof Operations

export type Request =
  | {
      readonly id: number
      readonly source: string
      readonly op: Operation
      readonly question: Operations[Operation][0]
    }
  | { readonly id: number; readonly op: 'cancel' }
  | { readonly id: number; readonly op: 'close' }

export type Reply =
  | ThreadReply<Operations[Operation][1]>
  | { readonly offers: Readonly<Record<string, SourceOffer>> }
  | { readonly closed: true }

/** What one source has, as far as methods are optional. */
export interface SourceOffer {
  readonly traces?: { readonly capabilities: TraceCapabilities; readonly evidence: boolean }
  readonly timings?: { readonly hours: boolean }
}

/** What the thread is started with. */
export interface HostedSettings {
  readonly sources: Readonly<Record<string, SourceSettings>>
}
