import { incidentParams, pinBody } from '@/lib/api/incident-params'
import { write } from '@/lib/api/route'
import { ok } from '@/lib/base/result'

export const POST = write(incidentParams, pinBody, async ({ params, body, author, instance }) => {
  const begun = await instance.incidents.pin(params.id, body, author)
  return begun.ok ? ok({ freezeId: begun.value }) : begun
})
