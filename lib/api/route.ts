/** Route handlers in one line each: schemas in, a `Result` out. */
import { z } from 'zod'
import type { Failure, Result } from '../base/result.ts'
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
  return posted(
    params,
    body,
    async (input) =>
      input.identity.kind === 'owner'
        ? await work({ ...input, author: input.identity.author })
        : { ok: false, failure: closed(input.identity, input.request) },
    respond,
    'owner',
    maxBytes,
  )
}

/** As `write`, for those who are not known yet: signing in, exchanging a guest link. It changes nothing but who the asker is. */
export function introduce<P, B, T>(
  params: z.ZodType<P>,
  body: z.ZodType<B>,
  work: (input: Omit<WriteInput<P, B>, 'author'>) => Promise<Result<T>>,
  respond: (value: T, request: Request) => Promise<Response> = jsonResponse,
): Handler {
  return posted(params, body, work, respond, 'anyone', 10_000)
}

function posted<P, B, T>(
  params: z.ZodType<P>,
  body: z.ZodType<B>,
  work: (input: Omit<WriteInput<P, B>, 'author'>) => Promise<Result<T>>,
  respond: (value: T, request: Request) => Promise<Response>,
  access: Access,
  maxBytes: number,
): Handler {
  return (request, context) =>
    guarded(async () => {
      const opened = await open(params, request, context, access)
      if (!opened.ok) return failureResponse(opened.failure)
      const foreign = fromElsewhere(request, opened.value.instance.config.publicUrl)
      if (foreign !== undefined) return failureResponse(foreign)
      const read = await readJson(request, maxBytes)
      if (!read.ok) return failureResponse(read.failure)
      const checked = check(body, read.value)
      if (!checked.ok) return failureResponse(checked.failure)
      const result = await work({ ...opened.value, body: checked.value, request, signal: request.signal })
      return result.ok ? respond(result.value, request) : failureResponse(result.failure)
    })
}

/** A POST whose body is a file: `work` gets it as it arrives and must bound it. Only owners, only from our own pages, as with `write`. */
export function upload<P, T>(
  params: z.ZodType<P>,
  work: (input: WriteInput<P, AsyncIterable<Uint8Array>>) => Promise<Result<T>>,
): Handler {
  return (request, context) =>
    guarded(async () => {
      const opened = await open(params, request, context, 'owner')
      if (!opened.ok) return failureResponse(opened.failure)
      const { identity, instance } = opened.value
      if (identity.kind !== 'owner') return failureResponse(closed(identity, request))
      const foreign = fromElsewhere(request, instance.config.publicUrl)
      if (foreign !== undefined) return failureResponse(foreign)
      const body = request.body ?? new Blob([]).stream()
      const result = await work({ ...opened.value, author: identity.author, body, request, signal: request.signal })
      return result.ok ? jsonResponse(result.value, request) : failureResponse(result.failure)
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
  const named = access === 'incident' ? incidentOf.safeParse(raw) : undefined
  const identity = await running.value.access.identify(request.headers, named?.data?.id)
  if (!allowed(identity, access, named?.data?.id)) return { ok: false, failure: closed(identity, request) }
  const checked = check(params, raw)
  if (!checked.ok) return checked
  return { ok: true, value: { params: checked.value, instance: running.value, identity } }
}

/** Whether whoever sent the request may (still) read the incident: asked again while a stream is open. */
export async function mayRead(running: Instance, request: Request, incidentId: string): Promise<boolean> {
  return allowed(await running.access.identify(request.headers, incidentId), 'incident', incidentId)
}

function allowed(identity: Identity, access: Access, incidentId: string | undefined): boolean {
  if (access === 'anyone' || identity.kind === 'owner') return true
  return access === 'incident' && identity.kind === 'guest' && identity.incidentId === incidentId
}

/** Why somebody is not let in. */
export function closed(identity: Identity, request: Request): Failure {
  const refusal = (what: string, tryThis: string): Failure => ({
    kind: 'forbidden',
    source: 'guildscope',
    what,
    tryThis,
  })
  if (identity.kind === 'nobody' && identity.why === 'away')
    return { ...identity.failure, what: `Who you are cannot be looked up: ${identity.failure.what}` }
  if (identity.kind === 'nobody' && identity.why === 'host')
    return refusal(
      `This instance does not answer to the name “${(request.headers.get('host') ?? '').slice(0, 100)}”.`,
      'Open it by its address, or set GUILDSCOPE_PUBLIC_URL to the address people open.',
    )
  return refusal(
    'You may not see this.',
    'Reload the page and sign in with the owner token, or ask whoever sent the link for a guest link.',
  )
}

/** A browser says where a request comes from; other clients say nothing. A proxy may have changed the Host, not the Origin. */
export function fromElsewhere(request: Request, publicUrl?: string): Failure | undefined {
  const origin = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site')
  const own =
    origin === null ||
    origin === publicUrl ||
    (URL.canParse(origin) && new URL(origin).host === request.headers.get('host'))
  if (own && (site === null || site === 'same-origin' || site === 'none')) return undefined
  return {
    kind: 'forbidden',
    source: 'request',
    what: 'Another site may not write here.',
    tryThis: 'Do it from a page of this instance.',
  }
}
