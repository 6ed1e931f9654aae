import { guildParams, minutesQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'
import { ok } from '@/lib/base/result'

export const GET = get(guildParams, minutesQuery, async ({ params, query, instance, signal }) => {
  const { timings } = instance.store
  return (await timings.hours?.(params.id, { fromMs: query.from, toMs: query.to }, signal)) ?? ok([])
})
