/** Questions of the views about an exported file's evidence, as messages: answered in a worker, or in the page where there is none. */
import { ok, type Result } from '../base/result.ts'
import type { Damage } from '../evidence/answers.ts'
import type { Manifest, PieceRef } from '../evidence/manifest.ts'
import type { EvidenceReader, FlameQuery, PieceSource } from '../evidence/reader.ts'
import type { FlameAnswer } from '../model/call-tree.ts'
import type { SpanDetails, SpanIds } from '../model/span-columns.ts'
import type { GuildMinutes, Retention } from '../model/timings.ts'
import type { Page, TraceQuery, TraceSummary } from '../model/trace-list.ts'
import { decodeTrace } from '../model/wire.ts'
import type { LoadedTrace } from './trace-loaded.ts'
import { prepareTrace } from './trace-prepare.ts'

export type Question =
  | { readonly kind: 'minutes'; readonly guildId: string; readonly fromMs: number; readonly toMs: number }
  | { readonly kind: 'retention'; readonly guildId: string }
  | { readonly kind: 'flame'; readonly query: FlameQuery }
  | { readonly kind: 'traces'; readonly query: TraceQuery }
  | { readonly kind: 'trace'; readonly traceId: string; readonly groupThreshold: number }
  | { readonly kind: 'ids'; readonly traceId: string }
  | { readonly kind: 'details'; readonly traceId: string; readonly index: number; readonly count: number }
  | { readonly kind: 'check' }

export interface Answers {
  readonly minutes: GuildMinutes
  readonly retention: Retention
  readonly flame: FlameAnswer
  readonly traces: Page<TraceSummary>
  readonly trace: LoadedTrace
  readonly ids: SpanIds
  readonly details: SpanDetails
  readonly check: readonly Damage[]
}

export type Answer = { [K in keyof Answers]: { readonly kind: K; readonly value: Answers[K] } }[keyof Answers]

/** Page → worker. Pieces travel when they are needed: a file of 10 MB opens without decoding 10 MB. */
export type ToWorker =
  | { readonly kind: 'open'; readonly manifest: Manifest }
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  | { readonly kind: 'piece'; readonly sha256: string; readonly text: string | undefined }

/** Worker → page. */
export type FromWorker =
  | { readonly kind: 'need'; readonly sha256: string }
  | { readonly kind: 'answered'; readonly id: number; readonly result: Result<Answer> }
  /** A bug, in the words of the engine. */
  | { readonly kind: 'broken'; readonly id: number; readonly message: string }

export async function answer(reader: EvidenceReader, pieces: PieceSource, question: Question): Promise<Result<Answer>> {
  switch (question.kind) {
    case 'minutes':
      return named('minutes', await reader.minutes(question.guildId, question))
    case 'retention':
      return named('retention', await reader.retention(question.guildId))
    case 'flame':
      return named('flame', await reader.flame(question.query))
    case 'traces':
      return named('traces', await reader.searchTraces(question.query))
    case 'trace':
      return named('trace', await wholeTrace(reader, question.traceId, question.groupThreshold))
    case 'ids':
      return named('ids', await reader.spanIds(question.traceId))
    case 'details':
      return named('details', await reader.spanDetails(question.traceId, question.index, question.count))
    case 'check':
      return ok({ kind: 'check', value: await damageIn(reader.manifest, pieces) })
  }
}

/** One piece after the other, so that the memory holds one. */
async function damageIn(manifest: Manifest, pieces: PieceSource): Promise<readonly Damage[]> {
  const damaged: Damage[] = []
  for (const { what, piece } of namedPieces(manifest)) {
    const read = await pieces(piece)
    if (!read.ok) damaged.push({ what, why: read.failure.what })
  }
  return damaged
}

function namedPieces({ minutes, flames, lists, traces }: Manifest): readonly { what: string; piece: PieceRef }[] {
  const named = [
    ...minutes.map(({ side, piece }) => ({ what: `Minutes of guild ${side.guildId}`, piece })),
    ...flames.map(({ guildId, piece }) => ({ what: `A flame graph of guild ${guildId}`, piece })),
    ...lists.map(({ side, piece }) => ({ what: `The list of traces of guild ${side.guildId}`, piece })),
    ...traces.map(({ traceId, piece }) => ({ what: `Trace ${traceId}`, piece })),
  ]
  return [...new Map(named.map((one) => [one.piece.sha256, one])).values()]
}

async function wholeTrace(reader: EvidenceReader, traceId: string, threshold: number): Promise<Result<LoadedTrace>> {
  const wire = await reader.traceWire(traceId)
  if (!wire.ok) return wire
  const decoded = decodeTrace(wire.value)
  return decoded.ok ? ok(prepareTrace(decoded.value, threshold)) : decoded
}

function named<K extends string, T>(kind: K, result: Result<T>): Result<{ readonly kind: K; readonly value: T }> {
  return result.ok ? ok({ kind, value: result.value }) : result
}
