/** Spans as rows of the collector's `otel_traces`, in JSONEachRow. */
import { bigIntToSpanId, halvesToTraceId } from '../base/ids.ts'
import { decodeSpanRest } from '../model/otlp/details.ts'
import type { SpanBatch } from '../model/span-batch.ts'
import type { Attribute } from '../model/span-columns.ts'

/** What a DateTime64(9) holds: up to 2262-04-11. */
const LAST_NS = 2n ** 63n - 1n
const KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer']
const CODES = { unset: 'Unset', ok: 'Ok', error: 'Error' } as const
const NONE = new Uint8Array(0)
const NO_CORE = {
  traceId: '',
  spanId: '',
  ordinal: 0,
  parentSpanId: '',
  name: '',
  startUnixNano: '0',
  endUnixNano: '0',
}

export const TOO_LATE = 'the start lies beyond the year 2262, which ClickHouse cannot keep'

/** Writes rows of one batch; what every span of a resource or scope shares is made once. */
export class SpanRows {
  readonly #batch: SpanBatch
  readonly #resources = new Map<number, string>()
  readonly #scopes = new Map<number, string>()
  /** Spans that no row can hold. */
  refused = 0

  constructor(batch: SpanBatch) {
    this.#batch = batch
  }

  /** The row of span `i` with its line end; '' where no row can hold it. */
  row(i: number): string {
    const batch = this.#batch
    const startNs = batch.startNs[i]
    if (startNs > LAST_NS) {
      this.refused++
      return ''
    }
    const rest = batch.rest.subarray(i === 0 ? 0 : batch.restEnd[i - 1], batch.restEnd[i])
    const span = decodeSpanRest(rest, NONE, NONE, NO_CORE)
    const endNs = batch.endNs[i]
    const parent = batch.parentId[i]
    let row =
      `{"Timestamp":"${seconds(startNs)}","TraceId":"${halvesToTraceId(batch.traceIdHi[i], batch.traceIdLo[i])}"` +
      `,"SpanId":"${bigIntToSpanId(batch.spanId[i])}","ParentSpanId":"${parent === 0n ? '' : bigIntToSpanId(parent)}"` +
      `,"TraceState":${JSON.stringify(span.traceState ?? '')},"SpanName":${JSON.stringify(batch.strings[batch.nameId[i]])}` +
      `,"SpanKind":"${KINDS[batch.kind[i]]}"${this.#resource(batch.resourceId[i], batch.serviceId[i])}` +
      `${this.#scope(batch.scopeId[i])},"SpanAttributes":${mapOf(span.attributes)}` +
      `,"Duration":${endNs > startNs ? endNs - startNs : 0n},"StatusCode":"${CODES[span.status.code]}"`
    if (span.status.message !== undefined) row += `,"StatusMessage":${JSON.stringify(span.status.message)}`
    if (span.events.length > 0) {
      const { events } = span
      row +=
        `,"Events.Timestamp":[${events.map((event) => `"${seconds(within(event.timeUnixNano))}"`).join()}]` +
        `,"Events.Name":${JSON.stringify(events.map((event) => event.name))}` +
        `,"Events.Attributes":[${events.map((event) => mapOf(event.attributes)).join()}]`
    }
    if (span.links.length > 0) {
      const { links } = span
      row +=
        `,"Links.TraceId":${JSON.stringify(links.map((link) => link.traceId))}` +
        `,"Links.SpanId":${JSON.stringify(links.map((link) => link.spanId))}` +
        `,"Links.TraceState":[${links.map(() => '""').join()}]` +
        `,"Links.Attributes":[${links.map((link) => mapOf(link.attributes)).join()}]`
    }
    return `${row}}\n`
  }

  #resource(id: number, serviceId: number): string {
    const known = this.#resources.get(id)
    if (known !== undefined) return known
    const { resource } = decodeSpanRest(NONE, this.#batch.resources[id] ?? NONE, NONE, NO_CORE)
    const service = this.#batch.strings[serviceId]
    const text = `,"ServiceName":${JSON.stringify(service)},"ResourceAttributes":${mapOf(resource)}`
    this.#resources.set(id, text)
    return text
  }

  #scope(id: number): string {
    const known = this.#scopes.get(id)
    if (known !== undefined) return known
    const { scope } = decodeSpanRest(NONE, NONE, this.#batch.scopes[id] ?? NONE, NO_CORE)
    const text = `,"ScopeName":${JSON.stringify(scope?.name ?? '')},"ScopeVersion":${JSON.stringify(scope?.version ?? '')}`
    this.#scopes.set(id, text)
    return text
  }
}

function mapOf(attributes: readonly Attribute[]): string {
  if (attributes.length === 0) return '{}'
  return `{${attributes.map(({ key, value }) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join()}}`
}

/** Unix seconds with nine decimals, as ClickHouse reads a DateTime64(9). */
function seconds(ns: bigint): string {
  const digits = String(ns).padStart(10, '0')
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`
}

function within(ns: string): bigint {
  const time = BigInt(ns)
  return time > LAST_NS ? LAST_NS : time
}
