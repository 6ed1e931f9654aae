import { z } from 'zod'
import { fail, ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { BackendClient } from '../http/backend-client.ts'

/**
 * Points of one series in one answer: Prometheus refuses more than 11,000, VictoriaMetrics more than 30,000 (with 422), and there those of a
 * subquery every 15 s count, too: four a minute.
 */
const MAX_POINTS = 5_000

const envelope = z.union([
  z.object({
    status: z.literal('success'),
    data: z.object({
      resultType: z.literal('matrix'),
      result: z.array(
        z.object({
          metric: z.record(z.string(), z.string()),
          values: z.array(z.tuple([z.number(), z.string()])).default([]),
        }),
      ),
    }),
    warnings: z.array(z.string()).optional(),
  }),
  z.object({ status: z.literal('error'), errorType: z.string().optional(), error: z.string() }),
])

export interface Series {
  readonly metric: Readonly<Record<string, string>>
  /** Unix seconds, value as text. */
  readonly values: readonly (readonly [number, string])[]
}

/** One series of points over a range, in several answers where it has more points than one may have. */
export async function queryRange(
  client: BackendClient,
  query: string,
  range: { readonly start: number; readonly end: number; readonly step: number },
  signal: AbortSignal,
): Promise<Result<{ readonly series: readonly Series[]; readonly warnings: readonly string[] }>> {
  const { start, end, step } = range
  const series: Series[] = []
  const warnings = new Set<string>()
  for (let at = start; at <= end; at += MAX_POINTS * step) {
    const until = Math.min(end, at + (MAX_POINTS - 1) * step)
    const answer = await client.bytes({
      path: '/api/v1/query_range',
      query: { query, start: at, end: until, step },
      answers: [400, 422],
      signal,
    })
    if (!answer.ok) return answer
    const parsed = envelope.safeParse(jsonOf(answer.value.body))
    if (!parsed.success)
      return fail(
        'unavailable',
        client.source,
        `${client.source} answered with something that is not Prometheus’s query API.`,
        'Check the address and the kind of the source in the configuration.',
      )
    if (parsed.data.status === 'error')
      return fail(
        'unavailable',
        client.source,
        `${client.source} refused a query: ${parsed.data.error.slice(0, 300)}`,
        'Check the PromQL templates and the labels of the source in the configuration.',
      )
    for (const each of parsed.data.data.result) series.push(each)
    for (const warning of parsed.data.warnings ?? []) warnings.add(warning)
  }
  return ok({ series, warnings: [...warnings] })
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(body, 0, body.length))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
