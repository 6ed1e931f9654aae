import { incidentLinksParams, newLinkBody } from '@/lib/api/access-params'
import { noQuery } from '@/lib/api/params'
import { get, write } from '@/lib/api/route'
import { ok } from '@/lib/base/result'
import type { RedactedCopy } from '@/lib/incidents/redacted-copy'
import type { NewGuestLink } from '@/lib/model/guest-link'

/** An incident's guest links, without their secrets. */
export const GET = get(incidentLinksParams, noQuery, ({ params, instance }) => instance.access.guests.list(params.id))

/** Makes one; its secret is in the answer, this once. */
export const POST = write(incidentLinksParams, newLinkBody, async ({ params, body, author, instance }) => {
  const { redact, expiresHours, note } = body
  const { guests } = instance.access
  // Said before a copy is made that nobody will see.
  if (guests.whyNot !== undefined) return { ok: false, failure: guests.whyNot }
  const make = (copy?: RedactedCopy) =>
    guests.make(params.id, {
      expiresHours,
      note,
      by: author,
      redacted: redact,
      ...(copy === undefined ? {} : { copy }),
    })
  const made = redact.length === 0 ? await make() : await instance.incidents.redactedCopy(params.id, redact, make)
  if (!made.ok) return made
  const path = `/g/${made.value.link.linkId}#${made.value.secret}`
  const { publicUrl } = instance.config
  return ok<NewGuestLink>({
    link: made.value.link,
    path,
    ...(publicUrl === undefined ? {} : { url: publicUrl + path }),
  })
})
