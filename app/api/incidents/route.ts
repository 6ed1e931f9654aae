import { freezeBody, incidentsQuery } from '@/lib/api/incident-params'
import { noQuery } from '@/lib/api/params'
import { get, write } from '@/lib/api/route'
import { ok } from '@/lib/base/result'

export const GET = get(noQuery, incidentsQuery, ({ query, instance }) => instance.incidents.list(query))

export const POST = write(noQuery, freezeBody, async ({ body, author, instance }) => {
  const begun = instance.incidents.freeze(body, author)
  return begun.ok ? ok({ freezeId: begun.value }) : begun
})
