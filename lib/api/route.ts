/** Route handlers in one line each: schemas in, a `Result` out. */
import type { z } from 'zod'
import type { Result } from '../base/result.ts'
import { type Instance, instance } from '../server/instance.ts'
import { check, failureResponse, guarded, jsonResponse, queryOf } from './respond.ts'

interface Context {
  /** Undefined for routes without parameters. */
  readonly params: Promise<Record<string, string | string[] | undefined> | undefined>
}

export interface RouteInput<P, Q> {
  readonly params: P
  readonly query: Q
  readonly instance: Instance
  readonly signal: AbortSignal
}

/** A GET handler: checks parameters and query, runs `work`, answers its value through `respond` (JSON unless told). */
export function get<P, Q, T>(
  params: z.ZodType<P>,
  query: z.ZodType<Q>,
  work: (input: RouteInput<P, Q>) => Promise<Result<T>>,
  respond: (value: T, request: Request) => Promise<Response> = jsonResponse,
): (request: Request, context: Context) => Promise<Response> {
  return (request, context) =>
    guarded(async () => {
      const checkedParams = check(params, (await context.params) ?? {})
      if (!checkedParams.ok) return failureResponse(checkedParams.failure)
      const checkedQuery = check(query, queryOf(request))
      if (!checkedQuery.ok) return failureResponse(checkedQuery.failure)
      const running = await instance()
      if (!running.ok) return failureResponse(running.failure)
      const result = await work({
        params: checkedParams.value,
        query: checkedQuery.value,
        instance: running.value,
        signal: request.signal,
      })
      return result.ok ? respond(result.value, request) : failureResponse(result.failure)
    })
}
