/**
 * Answers the questions of the views from frozen pieces alone. The same code runs in the server and in an exported file: it gets
 * pieces through `PieceSource` and knows neither disk nor network.
 */
import type { Result } from '../base/result.ts'
import type { FlameAnswer } from '../model/call-tree.ts'
import type { SpanDetails, SpanIds } from '../model/span-columns.ts'
import type { GuildMinutes, Retention } from '../model/timings.ts'
import type { Page, TraceQuery, TraceSummary } from '../model/trace-list.ts'
import type { Manifest, PieceRef } from './manifest.ts'

/** Verified (checksum, size) and inflated bytes of a piece; a failure names the damaged piece, the rest still opens. */
export type PieceSource = (piece: PieceRef) => Promise<Result<Uint8Array<ArrayBuffer>>>

/** Of everything frozen, whatever rule its source had. */
export const FROZEN_RETENTION: Retention = { rule: 'as long as the incident' }

export interface FlameQuery {
  readonly guildId: string
  readonly fromMs: number
  readonly toMs: number
  readonly action?: string
  readonly scope: 'guild' | 'trace'
}

/** Failures are sentences: what is not in the evidence and why. Answers carry notes that say what they rest on. */
export interface EvidenceReader {
  readonly manifest: Manifest
  minutes(guildId: string, range: { readonly fromMs: number; readonly toMs: number }): Promise<Result<GuildMinutes>>
  retention(guildId: string): Promise<Result<Retention>>
  /** A frozen answer where exactly this was frozen; else merged from the frozen traces, and the notes say how many those are. */
  flame(query: FlameQuery): Promise<Result<FlameAnswer>>
  searchTraces(query: TraceQuery): Promise<Result<Page<TraceSummary>>>
  traceWire(traceId: string): Promise<Result<Uint8Array<ArrayBuffer>>>
  spanIds(traceId: string): Promise<Result<SpanIds>>
  spanDetails(traceId: string, index: number, of: number | undefined): Promise<Result<SpanDetails>>
}
