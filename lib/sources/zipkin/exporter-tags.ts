import { JSON_TOKEN, JsonReader } from '../../base/json-reader.ts'
import { encodeUtf8 } from '../../base/utf8.ts'
import { WIRE } from '../../model/otlp/proto-reader.ts'
import type { ProtoWriter } from '../../model/otlp/proto-writer.ts'
import { AttributeWriter, hexField } from '../../model/otlp/span-writer.ts'

/** `otlp.link.0`: trace id, span id, trace state, attributes, how many of these were dropped. */
const LINK = /^([0-9a-f]{32})\|([0-9a-f]{16})\|(.*?)\|(\{.*\})\|(\d{1,9})$/s
/** An annotation's text: name, attributes, how many were dropped. */
const EVENT = /^(.*?)\|(\{.*\})\|(\d{1,9})$/s
const STATUS = /^(?:STATUS_CODE_)?(UNSET|OK|ERROR)$/i

/**
 * Fields of an OTLP span that Zipkin has no place for, as OpenTelemetry's exporters write them into tags: those of the SDKs status and scope, that of
 * the collector (its `pkg/translator/zipkin`) links, trace state, the kind “internal” and the description of a status, too.
 */
export class ExporterTags {
  scopeName = ''
  scopeVersion = ''
  isInternal = false
  hasStatus = false
  private code = 0
  private description: string | undefined
  private error: string | undefined
  private traceState = ''
  private links: { readonly n: number; readonly parts: readonly string[] }[] = []

  reset(): void {
    this.scopeName = this.scopeVersion = this.traceState = ''
    this.isInternal = this.hasStatus = false
    this.code = 0
    this.description = this.error = undefined
    if (this.links.length > 0) this.links = []
  }

  /** Whether a tag of this name may be one of them: only then its text is needed. */
  mayBe(key: string): boolean {
    return key === 'error' || key === 'span.kind' || key === 'w3c.tracestate' || key.startsWith('ot')
  }

  /** Keeps a tag that stands for a field. False where it is a tag for its own sake, too. */
  keep(key: string, text: string): boolean {
    switch (key) {
      // Zipkin's own sign of a failure.
      case 'error':
        this.error = text
        return false
      case 'otel.status_code': {
        const code = STATUS.exec(text)?.[1].toUpperCase()
        if (code === undefined) return false
        this.hasStatus = true
        this.code = code === 'ERROR' ? 2 : code === 'OK' ? 1 : 0
        return true
      }
      case 'otel.status_description':
        this.description = text
        return true
      case 'otel.scope.name':
      case 'otel.library.name':
        this.scopeName = text
        return true
      case 'otel.scope.version':
      case 'otel.library.version':
        this.scopeVersion = text
        return true
      case 'w3c.tracestate':
        this.traceState = text
        return true
      case 'span.kind':
        this.isInternal = text === 'internal'
        return this.isInternal
      default:
        return this.keepLink(key, text)
    }
  }

  private keepLink(key: string, text: string): boolean {
    const n = /^otlp\.link\.(\d{1,6})$/.exec(key)?.[1]
    const parts = n === undefined ? undefined : LINK.exec(text)?.slice(1)
    if (parts === undefined || !isObject(parts[3])) return false
    this.links.push({ n: Number(n), parts })
    return true
  }

  /** Everything but the scope, as fields of the span. */
  write(span: ProtoWriter): void {
    if (this.traceState !== '') span.text(3, this.traceState)
    if (this.isInternal) number(span, 6, 1)
    for (const { parts } of this.links.sort((a, b) => a.n - b.n)) {
      const mark = span.open(13)
      hexField(span, 1, parts[0])
      hexField(span, 2, parts[1])
      if (parts[2] !== '') span.text(3, parts[2])
      writeObject(new AttributeWriter(span, 4), parts[3])
      number(span, 5, Number(parts[4]))
      span.close(mark)
    }
    const code = this.error === undefined ? this.code : 2
    if (code === 0 && this.description === undefined) return
    const message = this.description ?? (this.error === 'true' ? '' : (this.error ?? ''))
    const mark = span.open(15)
    if (message !== '') span.text(2, message)
    number(span, 3, code)
    span.close(mark)
  }
}

/** Writes an annotation's text as an event's name and attributes where the collector put both into it. False: it is a text like any other. */
export function writeEvent(event: ProtoWriter, text: string): boolean {
  const [, name, json, dropped] = EVENT.exec(text) ?? []
  if (name === undefined || !isObject(json)) return false
  event.text(2, name)
  writeObject(new AttributeWriter(event, 3), json)
  number(event, 4, Number(dropped))
  return true
}

function number(out: ProtoWriter, field: number, value: number): void {
  if (value === 0) return
  out.tag(field, WIRE.varint)
  out.varint(value, 0)
}

function isObject(json: string): boolean {
  const reader = new JsonReader(encodeUtf8(json))
  return (
    reader.next() === JSON_TOKEN.objectStart &&
    reader.skipRest(JSON_TOKEN.objectStart) &&
    reader.next() === JSON_TOKEN.end
  )
}

/** The members of a JSON object; what is nested stays JSON. Whole numbers keep all their digits. */
function writeObject(attributes: AttributeWriter, json: string): void {
  const bytes = encodeUtf8(json)
  const reader = new JsonReader(bytes)
  reader.next()
  for (let token = reader.next(); token === JSON_TOKEN.key; token = reader.next()) {
    const key = reader.text()
    const value = reader.next()
    const from = reader.at
    if (value === JSON_TOKEN.string) attributes.string(key, reader.text())
    else if (value === JSON_TOKEN.true || value === JSON_TOKEN.false) attributes.bool(key, value === JSON_TOKEN.true)
    else if (value === JSON_TOKEN.number) {
      const text = reader.text()
      if (/^-?\d{1,18}$/.test(text)) attributes.int(key, BigInt(text))
      else attributes.double(key, Number(text))
    } else if (value !== JSON_TOKEN.null) {
      reader.skipRest(value)
      attributes.string(key, new TextDecoder().decode(bytes.subarray(from, reader.at + 1)))
    }
  }
}
