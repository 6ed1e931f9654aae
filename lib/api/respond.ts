/** What every route does the same: check the input, answer values as JSON or bytes, answer failures as sentences. */
import type { z } from 'zod'
import { type Failure, fail, ok, type Result, statusOf } from '../base/result.ts'

const NO_STORE = { 'cache-control': 'no-store' } as const

export function failureResponse(failure: Failure): Response {
  const headers: Record<string, string> = { ...NO_STORE }
  if (failure.kind === 'busy') headers['retry-after'] = '1'
  return Response.json({ failure }, { status: statusOf(failure.kind), headers })
}

/** JSON as such; the two largest (minutes, flame) stay in the low megabytes by their own limits. */
export function jsonResponse(value: unknown): Response {
  return Response.json(value, { headers: NO_STORE })
}

export function bytesResponse(bytes: Uint8Array<ArrayBuffer>, contentType: string): Response {
  return new Response(bytes, {
    headers: { ...NO_STORE, 'content-type': contentType, 'content-length': String(bytes.byteLength) },
  })
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
    console.error('Guildscope: a route failed.', error)
    return Response.json(
      {
        failure: {
          kind: 'unavailable',
          source: 'guildscope',
          what: 'Guildscope failed inside while answering this.',
          tryThis: 'Try again; if it stays, the server’s log has the details.',
        } satisfies Failure,
      },
      { status: 500, headers: NO_STORE },
    )
  }
}
