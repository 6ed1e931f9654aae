import { guildParams, noQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'

export const GET = get(guildParams, noQuery, ({ params, instance, signal }) =>
  instance.store.timings.retention(params.id, signal),
)
