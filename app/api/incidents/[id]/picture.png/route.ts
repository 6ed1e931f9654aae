import { incidentLinksParams, pictureQuery } from '@/lib/api/access-params'
import { pictureResponse } from '@/lib/api/picture'
import { closed, get } from '@/lib/api/route'
import { ok } from '@/lib/base/result'

/** The picture of an unfurled link: for owners and the incident's guests; for anyone where a public address is configured. */
export const GET = get(
  incidentLinksParams,
  pictureQuery,
  async ({ params, query, instance, identity, request }) => {
    const { access, config } = instance
    const asker = await access.identify(request.headers, params.id)
    const told = asker.kind !== 'nobody' || (config.publicUrl !== undefined && asker.why !== 'host')
    // A link that has ended must not fall back to what it was made to hide.
    const ended = query.link !== undefined && (await access.guests.incidentOf(query.link)) !== params.id
    if (!told || (asker.kind === 'nobody' && ended)) return { ok: false, failure: closed(identity, request) }
    const linkId = asker.kind === 'guest' ? asker.linkId : ended ? undefined : query.link
    const view = linkId === undefined ? ok(undefined) : await access.guests.redactedView(linkId)
    if (!view.ok) return view
    const { previews } = instance
    return previews.pictures.picture(previews.source(view.value), params.id)
  },
  pictureResponse,
  'anyone',
)
