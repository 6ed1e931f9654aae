/** What a shared link shows in a chat. Only where a public address is configured: whoever fetches it is nobody we know. */
import { ok } from '../base/result.ts'
import { instance } from './instance.ts'

export interface Unfurled {
  readonly title: string
  readonly description: string
  /** Address of this page and of its picture, absolute. */
  readonly url: string
  readonly picture: string
}

/** Undefined where nothing is to be told: no public address, no such incident, a link that has ended. */
export async function unfurl(
  of: { readonly incidentId: string } | { readonly linkId: string },
): Promise<Unfurled | undefined> {
  const running = await instance()
  if (!running.ok) return undefined
  const { config, access, previews } = running.value
  const { publicUrl } = config
  if (publicUrl === undefined) return undefined
  const linkId = 'linkId' in of ? of.linkId : undefined
  const incidentId = 'incidentId' in of ? of.incidentId : await access.guests.incidentOf(of.linkId)
  if (incidentId === undefined) return undefined
  const view = linkId === undefined ? ok(undefined) : await access.guests.redactedView(linkId)
  if (!view.ok) return undefined
  const preview = await previews.pictures.preview(previews.source(view.value), incidentId)
  if (!preview.ok) return undefined
  const id = encodeURIComponent(incidentId)
  // The link's id alone opens nothing; it says which copy of the evidence is drawn.
  const which = linkId === undefined ? '' : `?link=${encodeURIComponent(linkId)}`
  return {
    title: preview.value.title,
    description: preview.value.sentence,
    url: publicUrl + (linkId === undefined ? `/incidents/${id}` : `/g/${encodeURIComponent(linkId)}`),
    picture: `${publicUrl}/api/incidents/${id}/picture.png${which}`,
  }
}
