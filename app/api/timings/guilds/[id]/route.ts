import { guildParams, samplesQuery } from '@/lib/api/params'
import { jsonResponse } from '@/lib/api/respond'
import { get } from '@/lib/api/route'
import { from } from '@/lib/base/result'
import { readingAnswer } from '@/lib/model/timings-reading'

export const GET = get(
  guildParams,
  samplesQuery,
  ({ params, query, instance, signal }) =>
    from(instance.sources.timings(query.timings), (timings) =>
      timings.samples(params.id, { fromMs: query.from, toMs: query.to }, query.limit, signal),
    ),
  (answer, request) => jsonResponse(readingAnswer(answer), request),
)
