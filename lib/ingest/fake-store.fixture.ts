import { fail, ok, type Result } from '../base/result.ts'
import { decodeTracesProtobuf } from '../model/otlp/decode.ts'
import { decodeTracesJson } from '../model/otlp/json.ts'
import { DEFAULT_MAPPING, type SpanBatch } from '../model/span-batch.ts'
import type { TimingsBatch } from '../model/timings-batch.ts'
import { parseTimings } from '../model/timings-parse.ts'
import type { IngestAnswer } from '../store/types.ts'
import type { IngestStore } from './receive.ts'

/**
 * Stands in for the embedded store in the receivers' tests: it decodes for real and keeps batches in memory instead of on disk.
 * `busy` makes it answer that it is behind; `gate`, if set, holds its answers back.
 */
export class FakeStore implements IngestStore {
  readonly batches: SpanBatch[] = []
  readonly timings: TimingsBatch[] = []
  busy = false
  broken = false
  gate: Promise<void> | undefined

  get spanCount(): number {
    return this.batches.reduce((sum, batch) => sum + batch.count, 0)
  }

  /** Names of all spans kept. */
  get names(): string[] {
    return this.batches.flatMap((batch) => [...batch.nameId].map((id) => batch.strings[id]))
  }

  async ingestTraces(body: Uint8Array<ArrayBuffer>, format: 'protobuf' | 'json'): Promise<Result<IngestAnswer>> {
    await this.gate
    if (this.broken) throw new Error('the disk is on fire')
    if (this.busy) return fail('busy', 'embedded', 'The store is behind.', 'Try again.')
    const bytes = transferred(body)
    const decoded =
      format === 'protobuf' ? decodeTracesProtobuf(bytes, DEFAULT_MAPPING) : decodeTracesJson(bytes, DEFAULT_MAPPING)
    if (!decoded.ok) return decoded
    this.batches.push(decoded.value)
    const { count, rejected } = decoded.value
    return ok({ accepted: count, rejected: rejected.reduce((sum, r) => sum + r.count, 0), reasons: rejected })
  }

  async ingestTimings(body: Uint8Array<ArrayBuffer>, format: 'json' | 'ndjson'): Promise<Result<IngestAnswer>> {
    await this.gate
    if (this.busy) return fail('busy', 'embedded', 'The store is behind.', 'Try again.')
    const parsed = parseTimings(transferred(body), format, Date.now())
    if (!parsed.ok) return parsed
    const { batch, rejected } = parsed.value
    this.timings.push(batch)
    return ok({ accepted: batch.rows, rejected: rejected.reduce((sum, r) => sum + r.count, 0), reasons: rejected })
  }
}

/** As the real store does: takes the buffer away from the caller. */
function transferred(body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(structuredClone(body.buffer, { transfer: [body.buffer] }))
}
