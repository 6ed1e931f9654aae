/**
 * OTLP requests for the ingest bench: 8 attributes a span, made once as a template and patched in place with fresh ids and
 * times, so that the load generator costs little beside the server it measures.
 */
import { randomFillSync } from 'node:crypto'

function varint(value: number): number[] {
  const bytes: number[] = []
  while (value > 127) {
    bytes.push((value % 128) | 128)
    value = Math.floor(value / 128)
  }
  bytes.push(value)
  return bytes
}

function message(field: number, body: readonly number[] | Uint8Array): number[] {
  return [...varint(field * 8 + 2), ...varint(body.length), ...body]
}

function text(field: number, value: string): number[] {
  return message(field, new TextEncoder().encode(value))
}

function attribute(key: string, value: string | number): number[] {
  const any = typeof value === 'string' ? text(1, value) : [...varint(3 * 8), ...varint(value)]
  return message(9, [...text(1, key), ...message(2, any)])
}

const ACTIONS = ['message_create', 'message_reaction_add', 'presence_update', 'typing_start', 'connect']
const SPANS_PER_TRACE = 20

export interface Template {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly spans: number
  /** A fresh copy: new trace and span ids, times from `nowMs` on, guild attributes as in the template. */
  next(nowMs: number): Uint8Array<ArrayBuffer>
}

/** A request of `spans` spans in traces of 20, for one of `guilds` guilds each. */
export function makeTemplate(spans: number, guilds: number): Template {
  const parts: number[][] = []
  const spanStarts: { trace: number; span: number; parent: number; start: number; end: number }[] = []
  const resource = message(1, [
    ...message(1, [...text(1, 'service.name'), ...message(2, text(1, 'guilds'))]),
    ...message(1, [...text(1, 'service.instance.id'), ...message(2, text(1, 'guilds@10.0.0.7'))]),
  ])
  const scope = message(1, text(1, 'bench'))
  const bodies: number[][] = []
  for (let i = 0; i < spans; i++) {
    const guild = Math.floor(i / SPANS_PER_TRACE) % guilds
    const action = ACTIONS[guild % ACTIONS.length]
    const body = [
      ...message(1, new Uint8Array(16)),
      ...message(2, new Uint8Array(8)),
      ...(i % SPANS_PER_TRACE === 0 ? [] : message(4, new Uint8Array(8))),
      ...text(5, `handle ${action} ${i % SPANS_PER_TRACE}`),
      ...[6 * 8, 1],
      ...[7 * 8 + 1, 0, 0, 0, 0, 0, 0, 0, 0],
      ...[8 * 8 + 1, 0, 0, 0, 0, 0, 0, 0, 0],
      ...attribute('guild.id', `8138478876571${guild}`),
      ...attribute('guild.action', action),
      ...attribute('guild.stage', 'session'),
      ...attribute('session.id', `s-${String((i * 7919) % 1_000_000).padStart(7, '0')}`),
      ...attribute('enduser.id', `u-${String((i * 104_729) % 1_000_000).padStart(7, '0')}`),
      ...attribute('payload.bytes', 200 + ((i * 31) % 4000)),
      ...attribute('shard', i % 64),
      ...attribute('beam.pid', `<0.${1000 + (i % 5000)}.0>`),
    ]
    bodies.push(message(2, body))
  }
  const spansBytes = bodies.reduce((sum, body) => sum + body.length, 0)
  const scopeSpansLength = scope.length + spansBytes
  const head = [...resource, ...varint(2 * 8 + 2), ...varint(scopeSpansLength), ...scope]
  parts.push([...varint(8 + 2), ...varint(head.length + spansBytes)], head, ...bodies)
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  parts.forEach((part, index) => {
    bytes.set(part, at)
    if (index >= 2) {
      const root = (index - 2) % SPANS_PER_TRACE === 0
      const inner = at + 1 + varint(part.length - 1 - lengthBytes(part.length)).length
      const span = inner + 18 + 2
      const parent = root ? -1 : span + 8 + 2
      const name = (root ? span + 8 : parent + 8) + 1
      const start = name + 1 + bytes[name] + 2 + 1
      spanStarts.push({ trace: inner + 2, span, parent, start, end: start + 9 })
    }
    at += part.length
  })
  const view = new DataView(bytes.buffer)
  const ids = new Uint8Array(16)
  return {
    bytes,
    spans,
    next(nowMs) {
      const base = BigInt(Math.round(nowMs)) * 1_000_000n
      let previous = -1
      for (let i = 0; i < spans; i++) {
        const offset = spanStarts[i]
        if (i % SPANS_PER_TRACE === 0) {
          randomFillSync(ids)
          previous = -1
        }
        bytes.set(ids, offset.trace)
        randomFillSync(bytes, offset.span, 8)
        if (offset.parent !== -1 && previous !== -1) bytes.copyWithin(offset.parent, previous, previous + 8)
        if (i % SPANS_PER_TRACE === 0) previous = offset.span
        const start = base + BigInt(i * 1_009)
        view.setBigUint64(offset.start, start, true)
        view.setBigUint64(offset.end, start + BigInt(100_000 + ((i * 7_919) % 900_000)), true)
      }
      return bytes.slice()
    },
  }
}

/** How many bytes the length prefix of a message takes whose whole size is `size` (tag of one byte). */
function lengthBytes(size: number): number {
  return size - 2 < 128 ? 1 : size - 3 < 16_384 ? 2 : 3
}
