import type { SpanBatch } from '../span-batch.ts'

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

/** A BigUint64Array that is written in 32-bit halves, without a bigint per value. */
export class WideColumn {
  readonly values: BigUint64Array
  private readonly words: Uint32Array

  constructor(capacity: number) {
    this.values = new BigUint64Array(capacity)
    this.words = new Uint32Array(this.values.buffer)
  }

  set(i: number, lo: number, hi: number): void {
    this.words[2 * i] = LITTLE_ENDIAN ? lo : hi
    this.words[2 * i + 1] = LITTLE_ENDIAN ? hi : lo
  }
}

/** The columns of a `SpanBatch` while it is being filled. `capacity` is an upper bound of the spans. */
export class BatchColumns {
  count = 0
  readonly traceIdHi: WideColumn
  readonly traceIdLo: WideColumn
  readonly spanId: WideColumn
  readonly parentId: WideColumn
  readonly startNs: WideColumn
  readonly endNs: WideColumn
  readonly enqueuedNs: WideColumn
  readonly kind: Uint8Array
  readonly status: Uint8Array
  readonly flags: Uint8Array
  readonly stageId: Uint8Array
  readonly guildIsInt: Uint8Array
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
  readonly mailboxDepth: Float64Array
  readonly recipients: Float64Array
  readonly sessions: Float64Array
  readonly keepRate: Float32Array
  readonly headRate: Float32Array
  readonly resourceId: Uint32Array
  readonly scopeId: Uint32Array
  readonly restEnd: Uint32Array

  constructor(capacity: number) {
    const wide = () => new WideColumn(capacity)
    const u32 = () => new Uint32Array(capacity)
    const u8 = () => new Uint8Array(capacity)
    this.traceIdHi = wide()
    this.traceIdLo = wide()
    this.spanId = wide()
    this.parentId = wide()
    this.startNs = wide()
    this.endNs = wide()
    this.enqueuedNs = wide()
    this.kind = u8()
    this.status = u8()
    this.flags = u8()
    this.stageId = u8()
    this.guildIsInt = u8()
    this.nameId = u32()
    this.serviceId = u32()
    this.nodeId = u32()
    this.actionId = u32()
    this.relayId = u32()
    this.guildId = u32()
    this.guildNameId = u32()
    this.processId = u32()
    this.userId = u32()
    this.sessionId = u32()
    this.channelId = u32()
    this.mailboxDepth = new Float64Array(capacity)
    this.recipients = new Float64Array(capacity)
    this.sessions = new Float64Array(capacity)
    this.keepRate = new Float32Array(capacity)
    this.headRate = new Float32Array(capacity)
    this.resourceId = u32()
    this.scopeId = u32()
    this.restEnd = u32()
  }

  finish(tables: Pick<SpanBatch, 'resources' | 'scopes' | 'strings' | 'rest' | 'rejected'>): SpanBatch {
    const n = this.count
    return {
      ...tables,
      count: n,
      traceIdHi: this.traceIdHi.values.subarray(0, n),
      traceIdLo: this.traceIdLo.values.subarray(0, n),
      spanId: this.spanId.values.subarray(0, n),
      parentId: this.parentId.values.subarray(0, n),
      startNs: this.startNs.values.subarray(0, n),
      endNs: this.endNs.values.subarray(0, n),
      enqueuedNs: this.enqueuedNs.values.subarray(0, n),
      kind: this.kind.subarray(0, n),
      status: this.status.subarray(0, n),
      flags: this.flags.subarray(0, n),
      stageId: this.stageId.subarray(0, n),
      guildIsInt: this.guildIsInt.subarray(0, n),
      nameId: this.nameId.subarray(0, n),
      serviceId: this.serviceId.subarray(0, n),
      nodeId: this.nodeId.subarray(0, n),
      actionId: this.actionId.subarray(0, n),
      relayId: this.relayId.subarray(0, n),
      guildId: this.guildId.subarray(0, n),
      guildNameId: this.guildNameId.subarray(0, n),
      processId: this.processId.subarray(0, n),
      userId: this.userId.subarray(0, n),
      sessionId: this.sessionId.subarray(0, n),
      channelId: this.channelId.subarray(0, n),
      mailboxDepth: this.mailboxDepth.subarray(0, n),
      recipients: this.recipients.subarray(0, n),
      sessions: this.sessions.subarray(0, n),
      keepRate: this.keepRate.subarray(0, n),
      headRate: this.headRate.subarray(0, n),
      resourceId: this.resourceId.subarray(0, n),
      scopeId: this.scopeId.subarray(0, n),
      restEnd: this.restEnd.subarray(0, n),
    }
  }
}
