/** What the durability test sends: spans and timings with ids that can be told again, encoded without detours. */
import { ProtoWriter } from '../lib/model/otlp/proto-writer.ts'

/** A repeatable stream of numbers in [0, 1). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A part of a trace: `count` spans with the ids firstSpan, firstSpan + 1, … */
export interface SpanPart {
  /** 32 hex digits. */
  readonly traceId: string
  readonly firstSpan: bigint
  readonly count: number
  readonly guild: string
  readonly startNs: bigint
}

const ACTIONS = ['message_create', 'message_reaction_add', 'typing_start', 'connect'] as const

function attributesOf(part: SpanPart, i: number): readonly (readonly [key: string, value: string])[] {
  return [
    ['guild.id', part.guild],
    ['guild.action', ACTIONS[i % ACTIONS.length]],
    ['guild.stage', 'session'],
    ['guild.relay.id', `relay-${i % 8}`],
    ['beam.pid', `<0.${i}.0>`],
    ['session.id', `session-${i % 5_000}`],
    ['enduser.id', `user-${i % 3_000}`],
    ['http.status', '200'],
  ]
}

const hexOf = (id: bigint) => id.toString(16).padStart(16, '0')

function attribute(writer: ProtoWriter, field: number, key: string, value: string): void {
  const pair = writer.open(field)
  writer.text(1, key)
  const any = writer.open(2)
  writer.text(1, value)
  writer.close(any)
  writer.close(pair)
}

/** As `ExportTraceServiceRequest` in protobuf. */
export function partAsProtobuf(part: SpanPart): Uint8Array<ArrayBuffer> {
  const writer = new ProtoWriter(part.count * 400)
  const resourceSpans = writer.open(1)
  const resource = writer.open(1)
  attribute(writer, 1, 'service.name', 'guilds')
  writer.close(resource)
  const scopeSpans = writer.open(2)
  const trace = Buffer.from(part.traceId, 'hex')
  for (let i = 0; i < part.count; i++) {
    const span = writer.open(2)
    const bytes = (field: number, value: Uint8Array) => {
      writer.tag(field, 2)
      writer.varint(value.length, 0)
      writer.raw(value)
    }
    bytes(1, trace)
    bytes(2, Buffer.from(hexOf(part.firstSpan + BigInt(i)), 'hex'))
    writer.text(5, 'session.push')
    for (const [field, ns] of [
      [7, part.startNs + BigInt(i)],
      [8, part.startNs + BigInt(i) + 1_000n],
    ] as const) {
      writer.tag(field, 1)
      writer.fixed64(Number(ns & 0xffff_ffffn), Number(ns >> 32n))
    }
    for (const [key, value] of attributesOf(part, i)) attribute(writer, 9, key, value)
    writer.close(span)
  }
  writer.close(scopeSpans)
  writer.close(resourceSpans)
  return writer.finish().slice()
}

/** As OTLP/JSON. */
export function partAsJson(part: SpanPart): string {
  const spans = Array.from({ length: part.count }, (_, i) => {
    const attributes = attributesOf(part, i)
      .map(([key, value]) => `{"key":"${key}","value":{"stringValue":"${value}"}}`)
      .join(',')
    const start = part.startNs + BigInt(i)
    return `{"traceId":"${part.traceId}","spanId":"${hexOf(part.firstSpan + BigInt(i))}","name":"session.push","startTimeUnixNano":"${start}","endTimeUnixNano":"${start + 1_000n}","attributes":[${attributes}]}`
  })
  return `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"guilds"}}]},"scopeSpans":[{"spans":[${spans.join(',')}]}]}]}`
}

/** Samples of one guild and minute: one for each of `count` nodes, with busyUs = first + its number. */
export interface SamplePart {
  readonly guild: string
  readonly minute: string
  readonly first: number
  readonly count: number
}

export function samplesAsJson(part: SamplePart): string {
  const samples = Array.from(
    { length: part.count },
    (_, i) =>
      `{"guildId":"${part.guild}","minute":"${part.minute}","node":"n${i}","action":"connect","busyUs":${part.first + i},"count":${i}}`,
  )
  return `{"samples":[${samples.join(',')}]}`
}
