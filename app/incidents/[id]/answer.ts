import { headers } from 'next/headers'
import { cache } from 'react'
import { incidentAnswer } from '@/lib/api/incident-answer'
import { incidentParams } from '@/lib/api/incident-params'
import type { IncidentAnswer } from '@/lib/evidence/answers'
import { instance } from '@/lib/server/instance'

/**
 * The incident as whoever opens its page may see it, written into the page: its first picture waits for no request. Undefined where it
 * cannot be had; then the page asks and is told why. Once for each page, however often it is asked.
 */
export const pageAnswer = cache(async (id: string): Promise<IncidentAnswer | undefined> => {
  const running = await instance()
  if (!running.ok || !incidentParams.safeParse({ id }).success) return undefined
  const identity = await running.value.access.identify(await headers(), id)
  if (identity.kind === 'nobody' || (identity.kind === 'guest' && identity.incidentId !== id)) return undefined
  const answer = await incidentAnswer(running.value, identity, id)
  return answer.ok ? answer.value : undefined
})
