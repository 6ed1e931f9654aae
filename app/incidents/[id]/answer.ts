import { headers } from 'next/headers'
import { cache } from 'react'
import { viewFor } from '@/lib/api/evidence'
import { incidentAnswer } from '@/lib/api/incident-answer'
import { incidentParams } from '@/lib/api/incident-params'
import type { IncidentAnswer } from '@/lib/evidence/answers'
import { type GuildMinutes, MINUTE_MS } from '@/lib/model/timings'
import type { Identity } from '@/lib/server/access'
import { type Instance, instance } from '@/lib/server/instance'

interface Reader {
  readonly running: Instance
  readonly identity: Identity
}

/** Who opens the page, where they may read this incident. */
const readerOf = cache(async (id: string): Promise<Reader | undefined> => {
  const running = await instance()
  if (!running.ok || !incidentParams.safeParse({ id }).success) return undefined
  const identity = await running.value.access.identify(await headers(), id)
  if (identity.kind === 'nobody' || (identity.kind === 'guest' && identity.incidentId !== id)) return undefined
  return { running: running.value, identity }
})

/**
 * The incident as whoever opens its page may see it, written into the page: its first picture waits for no request. Undefined where it
 * cannot be had; then the page asks and is told why. Once for each page, however often it is asked.
 */
export const pageAnswer = cache(async (id: string): Promise<IncidentAnswer | undefined> => {
  const reader = await readerOf(id)
  if (reader === undefined) return undefined
  const answer = await incidentAnswer(reader.running, reader.identity, id)
  return answer.ok ? answer.value : undefined
})

/** Minutes × action types that are written into a page; more are asked for, as the page should not wait for them. About 30 bytes each. */
const CELLS_MAX = 8_000

/** The frozen minutes of the guild and range the incident is about, in the same way. */
export async function pageMinutes(id: string): Promise<GuildMinutes | undefined> {
  const [reader, answer] = await Promise.all([readerOf(id), pageAnswer(id)])
  const side = answer?.incident.sides[0]
  if (reader === undefined || side === undefined || side.toMs - side.fromMs > CELLS_MAX * MINUTE_MS) return undefined
  const { running, identity } = reader
  const view = await viewFor(running, identity)
  if (!view.ok) return undefined
  const evidence = await running.incidents.reader(id, view.value?.manifest)
  if (!evidence.ok) return undefined
  const minutes = await evidence.value.minutes(side.guildId, { fromMs: side.fromMs, toMs: side.toMs })
  if (!minutes.ok || minutes.value.minutes * minutes.value.actions.length > CELLS_MAX) return undefined
  return minutes.value
}
