import type { Infrastructure } from './infrastructure.ts'
import { type Id64, keyValue, type SpanEncoder, type TraceContext } from './otlp-encode.ts'
import { Random } from './random.ts'
import type { TraceIds } from './trace-ids.ts'

/** What all that writes spans shares: the encoder, the services, ids and chance; and the count of spans. */
export class SpanWriter {
  spans = 0
  /** Latest end of a span begun since it was last set. */
  lastEndUs = 0
  readonly encoder: SpanEncoder
  readonly at: Infrastructure
  readonly ids: TraceIds
  readonly random: Random

  constructor(encoder: SpanEncoder, at: Infrastructure, ids: TraceIds, seed: string) {
    this.encoder = encoder
    this.at = at
    this.ids = ids
    this.random = new Random(`${seed}/traces`)
  }

  begin(
    resource: number,
    trace: TraceContext,
    id: Id64,
    parent: Id64 | undefined,
    name: Uint8Array,
    kind: number,
    startUs: number,
    endUs: number,
  ): void {
    this.spans++
    if (endUs > this.lastEndUs) this.lastEndUs = endUs
    this.encoder.begin(resource, trace, id, parent, name, kind, startUs, endUs)
  }

  /** Marks the span begun last as failed, with an exception event. */
  failed(atUs: number, type: string, message: string): void {
    this.encoder.event(atUs, 'exception', [keyValue('exception.type', type), keyValue('exception.message', message)])
    this.encoder.error(message)
  }

  snowflake(): string {
    return `${100_000_000 + this.random.below(900_000_000)}${100_000_000 + this.random.below(900_000_000)}`
  }

  hex(): string {
    return this.random.u32().toString(16).padStart(8, '0') + this.random.u32().toString(16).padStart(8, '0')
  }
}
