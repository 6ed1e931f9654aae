import { guildParams, samplesQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'
import { readingAnswer } from '@/lib/model/timings-reading'

export const GET = get(
  guildParams,
  samplesQuery,
  ({ params, query, instance, signal }) =>
    instance.store.timings.samples(params.id, { fromMs: query.from, toMs: query.to }, query.limit, signal),
  (answer) => Response.json(readingAnswer(answer), { headers: { 'cache-control': 'no-store' } }),
)
