/** Route handlers in one line each: schemas in, a `Result` out. */
import { z } from 'zod'
import { fail, type Result } from '../base/result.ts'
import type { Author } from '../model/incident.ts'
import type { Access, Identity } from '../server/access.ts'
import { type Instance, instance } from '../server/instance.ts'
import { check, failureResponse, guarded, jsonResponse, queryOf, readJson } from './respond.ts'

interface Context {
  /** Undefined for routes without parameters. */
  readonly params: Promise<Record<string, string | string[] | undefined> | undefined>
}

type Handler = (request: Request, context: Context) => Promise<Response>

export interface RouteInput<P, Q> {
  readonly params: P
  readonly query: Q
  readonly instance: Instance
  readonly identity: Identity
  readonly request: Request
  readonly signal: AbortSignal
}

export interface WriteInput<P, B> extends Omit<RouteInput<P, unknown>, 'query'> {
  readonly body: B
  readonly author: Author
}

/** A GET handler: checks who asks, parameters and query, runs `work`, answers its value through `respond` (JSON unless told). */
export function get<P, Q, T>(
  params: z.ZodType<P>,
  query: z.ZodType<Q>,
  work: (input: RouteInput<P, Q>) => Promise<Result<T>>,
  respond: (value: T, request: Request) => Promise<Response> = jsonResponse,
  access: Access = 'owner',
): Handler {
  return (request, context) =>
    guarded(async () => {
      const opened = await open(params, request, context, access)
      if (!opened.ok) return failureResponse(opened.failure)
      const checked = check(query, queryOf(request))
      if (!checked.ok) return failureResponse(checked.failure)
      const result = await work({ ...opened.value, query: checked.value, request, signal: request.signal })
      return result.ok ? respond(result.value, request) : failureResponse(result.failure)
    })
}

/**
 * A POST, PUT or DELETE handler with a JSON body (`undefined` schema: none) of at most `maxBytes`. Only owners write, and only from
 * this application's own pages: another site's form or script is refused by its Origin.
 */
export function write<P, B, T>(
  params: z.ZodType<P>,
  body: z.ZodType<B>,
  work: (input: WriteInput<P, B>) => Promise<Result<T>>,
  respond: (value: T, request: Request) => Promise<Response> = jsonResponse,
  maxBytes = 1 << 20,
): Handler {
  return (request, context) =>
    guarded(async () => {
      const opened = await open(params, request, context, 'owner')
      if (!opened.ok) return failureResponse(opened.failure)
      const { identity } = opened.value
      if (identity.kind !== 'owner') return failureResponse(closed())
      const foreign = fromElsewhere(request)
      if (foreign !== undefined) return failureResponse(foreign)
      const read = await readJson(request, maxBytes)
      if (!read.ok) return failureResponse(read.failure)
      const checked = check(body, read.value)
      if (!checked.ok) return failureResponse(checked.failure)
      const { author } = identity
      const result = await work({ ...opened.value, author, body: checked.value, request, signal: request.signal })
      return result.ok ? respond(result.value, request) : failureResponse(result.failure)
    })
}

/** A guest's incident is the `id` of the path. */
const incidentOf = z.object({ id: z.string() })

/** What reading and writing begin with: parameters, the instance, and whether whoever asks may. */
export async function open<P>(
  params: z.ZodType<P>,
  request: Request,
  context: Context,
  access: Access,
): Promise<Result<{ readonly params: P; readonly instance: Instance; readonly identity: Identity }>> {
  const running = await instance()
  if (!running.ok) return running
  const raw = (await context.params) ?? {}
  const identity = await running.value.access.identify(request.headers)
  if (!allowed(identity, access, raw)) return { ok: false, failure: closed() }
  const checked = check(params, raw)
  if (!checked.ok) return checked
  return { ok: true, value: { params: checked.value, instance: running.value, identity } }
}

/** Whether whoever sent the request may (still) read the incident: asked again while a stream is open. */
export async function mayRead(running: Instance, request: Request, incidentId: string): Promise<boolean> {
  return allowed(await running.access.identify(request.headers), 'incident', { id: incidentId })
}

function allowed(identity: Identity, access: Access, params: unknown): boolean {
  if (access === 'anyone' || identity.kind === 'owner') return true
  if (access !== 'incident' || identity.kind !== 'guest') return false
  const named = incidentOf.safeParse(params)
  return named.success && named.data.id === identity.incidentId
}

function closed() {
  const refused = fail<never>(
    'forbidden',
    'guildscope',
    'You may not see this.',
    'Sign in with the owner token, or ask whoever sent the link for a guest link.',
  )
  if (refused.ok) throw new Error('a refusal is a failure')
  return refused.failure
}

/** A browser says where a request comes from; other clients say nothing. */
export function fromElsewhere(request: Request) {
  const origin = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site')
  const own = origin === null || (URL.canParse(origin) && new URL(origin).host === request.headers.get('host'))
  if (own && (site === null || site === 'same-origin' || site === 'none')) return undefined
  const refused = fail<never>(
    'forbidden',
    'request',
    'Another site may not write here.',
    'Do it from a page of this instance.',
  )
  return refused.ok ? undefined : refused.failure
}
