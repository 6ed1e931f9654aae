import { viewFor } from '@/lib/api/evidence'
import { entriesQuery, incidentParams } from '@/lib/api/incident-params'
import { get, mayRead } from '@/lib/api/route'
import { eventStream } from '@/lib/incidents/event-stream'
import { entrySource } from '@/lib/server/redacted-log'

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
}

export const GET = get(
  incidentParams,
  entriesQuery,
  async ({ params, query, instance, identity, request, signal }) => {
    const view = await viewFor(instance, identity)
    if (!view.ok) return view
    return eventStream(
      entrySource(instance.incidents, view.value),
      params.id,
      // What a browser had last when it comes back by itself.
      Math.max(query.after, lastEventId(request)),
      signal,
      () => mayRead(instance, request, params.id),
    )
  },
  async (stream) => new Response(stream, { headers: HEADERS }),
  'incident',
)

function lastEventId(request: Request): number {
  const text = request.headers.get('last-event-id') ?? ''
  return /^\d{1,9}$/.test(text) ? Number(text) : -1
}
