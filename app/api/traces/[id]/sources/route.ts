import { traceParams, traceSourcesQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'
import { ok } from '@/lib/base/result'

export const GET = get(traceParams, traceSourcesQuery, async ({ params, query, instance, signal }) =>
  ok(await instance.sources.find(params.id, query.first === '1', signal)),
)
