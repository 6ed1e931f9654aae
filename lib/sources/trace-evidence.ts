import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { fail, ok, type Result } from '../base/result.ts'
import { PartsFromDetails } from '../evidence/parts-from-details.ts'
import type { TraceEvidence } from '../evidence/trace-evidence.ts'
import { encodeTracePiece, type TraceParts } from '../evidence/trace-piece.ts'
import { summaryOf } from '../evidence/trace-summary.ts'
import { DEFAULT_MAPPING } from '../model/span-batch.ts'
import type { TraceSource } from './trace-source.ts'

const compress = promisify(gzip)
/** Each step costs a hop to another thread and back. */
const COMPRESSED_CHUNK = 128 * 1024
/** Spans asked for at a time where a backend answers one span only. */
const AT_ONCE = 16

/** Encodes and compresses, off this thread where it takes long. */
export async function packEvidence(parts: TraceParts): Promise<TraceEvidence> {
  const bytes = encodeTracePiece(parts)
  const stored = new Uint8Array(await compress(bytes, { chunkSize: COMPRESSED_CHUNK }))
  const sha256 = createHash('sha256').update(stored).digest('hex')
  return {
    piece: { sha256, storedBytes: stored.length, bytes: bytes.length, format: 'trace@1' },
    stored,
    summary: summaryOf(parts.trace),
    guilds: parts.trace.guilds.map((guild) => guild.id),
  }
}

/** The trace as evidence: by the backend itself where it can, else put together from its answers, span by span. */
export function traceEvidenceOf(
  source: TraceSource,
  traceId: string,
  signal: AbortSignal,
  guildKeys: readonly string[] = DEFAULT_MAPPING.guild,
): Promise<Result<TraceEvidence>> {
  return source.traceEvidence?.(traceId, signal) ?? spanBySpan(source, traceId, signal, guildKeys)
}

export async function spanBySpan(
  source: Pick<TraceSource, 'name' | 'trace' | 'spanIds' | 'spanDetails'>,
  traceId: string,
  signal: AbortSignal,
  guildKeys: readonly string[] = DEFAULT_MAPPING.guild,
): Promise<Result<TraceEvidence>> {
  const trace = await source.trace(traceId, undefined, signal)
  if (!trace.ok) return trace
  const ids = await source.spanIds(traceId, signal)
  if (!ids.ok) return ids
  const { count } = trace.value.spans
  if (ids.value.length !== count)
    return fail('conflict', source.name, 'The trace grew while it was being copied.', 'Freeze it again.')
  const parts = new PartsFromDetails(trace.value, ids.value, guildKeys)
  for (let from = 0; from < count; from += AT_ONCE) {
    const indices = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, k) => from + k)
    const answers = await Promise.all(indices.map((i) => source.spanDetails(traceId, i, count, signal)))
    for (const answer of answers) {
      if (!answer.ok) return answer
      parts.add(answer.value)
    }
  }
  return ok(await packEvidence(parts.finish()))
}
