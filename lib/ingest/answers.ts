import { encodeUtf8 } from '../base/utf8.ts'
import { WIRE } from '../model/otlp/proto-reader.ts'
import { ProtoWriter } from '../model/otlp/proto-writer.ts'
import type { IngestAnswer } from '../store/types.ts'
import type { Refusal } from './read-body.ts'

/** An HTTP answer, whatever carries it. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array<ArrayBuffer>
}

/** What the client spoke, and so what it is answered in. */
export type Encoding = 'protobuf' | 'json'

const MEDIA = { protobuf: 'application/x-protobuf', json: 'application/json' } as const

/** Canonical codes of google.rpc.Code. */
export const RPC = {
  ok: 0,
  invalidArgument: 3,
  notFound: 5,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const

function rpcCodeOf(status: Refusal['status']): number {
  switch (status) {
    case 404:
      return RPC.notFound
    case 405:
      return RPC.unimplemented
    case 413:
      return RPC.resourceExhausted
    case 500:
      return RPC.internal
    case 503:
      return RPC.unavailable
    default:
      return RPC.invalidArgument
  }
}

/** `3 spans: trace id is all zeros; 1 span: …`; '' where nothing was rejected. */
export function reasonText(answer: IngestAnswer, noun: string): string {
  return answer.reasons.map(({ count, reason }) => `${count} ${count === 1 ? noun : `${noun}s`}: ${reason}`).join('; ')
}

/** `ExportTraceServiceResponse` in protobuf: empty, or with a partial success. */
export function exportResponse(answer: IngestAnswer): Uint8Array<ArrayBuffer> {
  const writer = new ProtoWriter()
  const message = reasonText(answer, 'span')
  if (answer.rejected > 0 || message !== '') {
    const partial = writer.open(1)
    writer.tag(1, WIRE.varint)
    writer.varint(answer.rejected % 0x1_0000_0000, Math.floor(answer.rejected / 0x1_0000_0000))
    writer.text(2, message)
    writer.close(partial)
  }
  return writer.finish().slice()
}

/** `google.rpc.Status`, with a `google.rpc.RetryInfo` where the client should come again. */
export function rpcStatus(code: number, message: string, retryAfter?: number): Uint8Array<ArrayBuffer> {
  const writer = new ProtoWriter()
  writer.tag(1, WIRE.varint)
  writer.varint(code, 0)
  writer.text(2, message)
  if (retryAfter !== undefined) {
    const detail = writer.open(3)
    writer.text(1, 'type.googleapis.com/google.rpc.RetryInfo')
    const info = writer.open(2)
    const delay = writer.open(1)
    writer.tag(1, WIRE.varint)
    writer.varint(retryAfter, 0)
    writer.close(delay)
    writer.close(info)
    writer.close(detail)
  }
  return writer.finish().slice()
}

function answer(
  status: number,
  encoding: Encoding,
  body: Uint8Array<ArrayBuffer>,
  more: Record<string, string> = {},
): Answer {
  return { status, headers: { 'Content-Type': MEDIA[encoding], ...more }, body }
}

/** 200, as OTLP/HTTP wants it. */
export function tracesAnswer(stored: IngestAnswer, encoding: Encoding): Answer {
  if (encoding === 'protobuf') return answer(200, encoding, exportResponse(stored))
  const message = reasonText(stored, 'span')
  const partial = stored.rejected > 0 || message !== ''
  return answer(
    200,
    encoding,
    // int64 is a string in protobuf's JSON.
    json(partial ? { partialSuccess: { rejectedSpans: String(stored.rejected), errorMessage: message } } : {}),
  )
}

export function timingsAnswer(stored: IngestAnswer): Answer {
  return answer(200, 'json', json({ accepted: stored.accepted, rejected: stored.reasons }))
}

/** A refusal in the client's encoding: `google.rpc.Status`, as OTLP/HTTP wants it. */
export function refusalAnswer(refusal: Refusal, encoding: Encoding): Answer {
  const { status, sentence, retryAfter } = refusal
  const code = rpcCodeOf(status)
  const more: Record<string, string> = {
    ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
    ...(status === 405 ? { Allow: 'POST' } : {}),
  }
  const body = encoding === 'protobuf' ? rpcStatus(code, sentence, retryAfter) : json({ code, message: sentence })
  return answer(status, encoding, body, more)
}

function json(value: unknown): Uint8Array<ArrayBuffer> {
  return encodeUtf8(`${JSON.stringify(value)}\n`)
}
