/** What every route does the same: check the input, answer values as JSON or bytes, answer failures as sentences. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { z } from 'zod'
import { type Failure, fail, ok, type Result, statusOf } from '../base/result.ts'

const NO_STORE = { 'cache-control': 'no-store' } as const

export function failureResponse(failure: Failure): Response {
  const headers: Record<string, string> = { ...NO_STORE }
  if (failure.kind === 'busy') headers['retry-after'] = '1'
  return Response.json({ failure }, { status: statusOf(failure.kind), headers })
}

const gzipOffThread = promisify(gzip)

/** Below this a body is not worth compressing. */
const COMPRESS_FROM_BYTES = 16_384

function acceptsGzip(request: Request): boolean {
  const offers = (request.headers.get('accept-encoding') ?? '').split(',')
  return offers.some((offer) => /^\s*gzip\s*(;|$)/.test(offer) && !/;\s*q=0(\.0*)?\s*$/.test(offer))
}

/** A reader on this machine: compressing costs more than the bytes it saves. */
function isLocal(request: Request): boolean {
  const host = new URL(`http://${request.headers.get('host') ?? 'unknown'}`).hostname
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.')
}

/** Compressed off the main thread where the reader accepts it and it pays. */
async function body(bytes: Uint8Array<ArrayBuffer>, contentType: string, request: Request): Promise<Response> {
  const headers = { ...NO_STORE, 'content-type': contentType, vary: 'accept-encoding' }
  if (bytes.byteLength < COMPRESS_FROM_BYTES || isLocal(request) || !acceptsGzip(request)) {
    return new Response(bytes, { headers: { ...headers, 'content-length': String(bytes.byteLength) } })
  }
  const packed = new Uint8Array(await gzipOffThread(bytes, { level: 1 }))
  return new Response(packed, {
    headers: { ...headers, 'content-encoding': 'gzip', 'content-length': String(packed.byteLength) },
  })
}

export function jsonResponse(value: unknown, request: Request): Promise<Response> {
  return body(new TextEncoder().encode(JSON.stringify(value)), 'application/json', request)
}

/** A response of raw bytes, for `get`. */
export function bytesResponse(
  contentType: string,
): (bytes: Uint8Array<ArrayBuffer>, request: Request) => Promise<Response> {
  return (bytes, request) => body(bytes, contentType, request)
}

/** Checks the query string or the path parameters; each fault becomes part of one sentence. */
export function check<T>(schema: z.ZodType<T>, input: unknown): Result<T> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return ok(parsed.data)
  const faults = parsed.error.issues.map((issue) => {
    const name = issue.path.join('.')
    return name === '' ? issue.message : `"${name}" ${issue.message.replace(/^Invalid input: /, 'is not right: ')}`
  })
  return fail('bad-request', 'request', `${faults.join('; ')}.`, 'See /api/openapi.json for what this address accepts.')
}

/** The JSON body, at most `maxBytes`, counted while it arrives; `undefined` where there is none. */
export async function readJson(request: Request, maxBytes: number): Promise<Result<unknown>> {
  if (request.body === null) return ok(undefined)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body) {
    size += chunk.byteLength
    if (size > maxBytes) return fail('too-large', 'request', `The body is larger than ${maxBytes} bytes.`, 'Send less.')
    chunks.push(chunk)
  }
  // Some clients and servers make an empty stream of no body.
  if (size === 0) return ok(undefined)
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/json\s*(;|$)/i.test(type))
    return fail('bad-request', 'request', 'The body must be application/json.', 'Set the content type.')
  try {
    return ok(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))))
  } catch {
    return fail('bad-request', 'request', 'The body is not JSON in UTF-8.', 'See /api/openapi.json.') // nothing to keep
  }
}

/** The query string as an object; the first of a repeated name counts. */
export function queryOf(request: Request): Record<string, string> {
  const query: Record<string, string> = {}
  for (const [key, value] of new URL(request.url).searchParams) {
    if (!Object.hasOwn(query, key)) query[key] = value
  }
  return query
}

/** Any throw inside a route is a bug: logged whole, answered as a sentence without internals. */
export async function guarded(work: () => Promise<Response>): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    return Response.json({ failure: failedInside(error).failure }, { status: 500, headers: NO_STORE })
  }
}

/** Of a bug: its error goes into the log, and the reader gets this. */
export function failedInside(error: unknown): { readonly ok: false; readonly failure: Failure } {
  console.error('Guildscope: a route failed.', error)
  return {
    ok: false,
    failure: {
      kind: 'unavailable',
      source: 'guildscope',
      what: 'Guildscope failed inside while answering this.',
      tryThis: 'Try again; if it stays, the server’s log has the details.',
    },
  }
}
