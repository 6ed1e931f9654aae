import type { Stage } from './stages.ts'

/**
 * The boundary between decoding and storing: what one OTLP request holds, as columns.
 * Produced by `lib/model/otlp/*` (pure), consumed by `lib/store`. No object per span.
 */
export interface SpanBatch {
  readonly count: number
  /** Trace id as two big-endian 64-bit halves. */
  readonly traceIdHi: BigUint64Array
  readonly traceIdLo: BigUint64Array
  readonly spanId: BigUint64Array
  /** 0n: none stated. */
  readonly parentId: BigUint64Array
  /** Unix nanoseconds as sent, whatever they are. */
  readonly startNs: BigUint64Array
  readonly endNs: BigUint64Array
  /** OTLP span kind 0–5. */
  readonly kind: Uint8Array
  /** OTLP status code 0 unset, 1 ok, 2 error. */
  readonly status: Uint8Array
  /** Bits `FLAG.error`, `FLAG.hasEvents`, `FLAG.hasLinks`. */
  readonly flags: Uint8Array
  readonly stageId: Uint8Array
  /** Ids into `strings`; 0 = absent. */
  readonly nameId: Uint32Array
  readonly serviceId: Uint32Array
  readonly nodeId: Uint32Array
  readonly actionId: Uint32Array
  readonly relayId: Uint32Array
  readonly guildId: Uint32Array
  readonly guildNameId: Uint32Array
  readonly processId: Uint32Array
  readonly userId: Uint32Array
  readonly sessionId: Uint32Array
  readonly channelId: Uint32Array
  /** 1 where the guild id arrived as an OTLP int, 0 as a string (or absent). */
  readonly guildIsInt: Uint8Array
  /** 0n: not stated. */
  readonly enqueuedNs: BigUint64Array
  /** −1: not stated. */
  readonly mailboxDepth: Float64Array
  readonly recipients: Float64Array
  readonly sessions: Float64Array
  /** NaN: not stated. */
  readonly keepRate: Float32Array
  /** From tracestate `ot=th:`; NaN: not stated. */
  readonly headRate: Float32Array
  /** Index into `resources` / `scopes`. */
  readonly resourceId: Uint32Array
  readonly scopeId: Uint32Array
  /** Raw protobuf `Resource` and `InstrumentationScope` messages, distinct. */
  readonly resources: readonly Uint8Array[]
  readonly scopes: readonly Uint8Array[]
  /** Strings of this batch; entry 0 is ''. */
  readonly strings: readonly string[]
  /**
   * Everything the columns do not hold: for span i the bytes rest[restEnd[i−1] .. restEnd[i]) are the fields of its OTLP
   * `Span` message (protobuf) but trace id, span id, parent id, name, start and end. Lossless; decoded for one span on demand.
   */
  readonly rest: Uint8Array
  readonly restEnd: Uint32Array
  /** Spans that were refused, with the reason, for OTLP's partial success. */
  readonly rejected: readonly { readonly count: number; readonly reason: string }[]
}

/** Which attribute keys mean what; the first present wins, span attributes before resource attributes. */
export interface AttributeMapping {
  readonly guild: readonly string[]
  readonly guildName: readonly string[]
  readonly action: readonly string[]
  readonly stage: readonly string[]
  readonly enqueued: readonly string[]
  readonly mailboxDepth: readonly string[]
  readonly recipients: readonly string[]
  readonly keepRate: readonly string[]
  readonly relay: readonly string[]
  readonly node: readonly string[]
  readonly process: readonly string[]
  readonly sessions: readonly string[]
  readonly user: readonly string[]
  readonly session: readonly string[]
  readonly channel: readonly string[]
  /** service.name → stage, where a span states no stage. */
  readonly stageOfService: Readonly<Record<string, Stage>>
}

export const DEFAULT_MAPPING: AttributeMapping = {
  guild: ['guild.id'],
  guildName: ['guild.name'],
  action: ['guild.action'],
  stage: ['guild.stage'],
  enqueued: ['guild.enqueued_unix_nano'],
  mailboxDepth: ['guild.mailbox.depth'],
  recipients: ['fanout.recipients'],
  keepRate: ['fanout.keep_rate'],
  relay: ['guild.relay.id'],
  node: ['service.instance.id'],
  process: ['beam.pid'],
  sessions: ['guild.sessions'],
  user: ['enduser.id'],
  session: ['session.id'],
  channel: ['guild.channel.id'],
  stageOfService: {},
}
