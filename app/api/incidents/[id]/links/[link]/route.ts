import { incidentLinkParams, noBody } from '@/lib/api/access-params'
import { write } from '@/lib/api/route'

/** Revokes a guest link: whoever came in by it is out at once. */
export const DELETE = write(incidentLinkParams, noBody, ({ params, instance }) =>
  instance.access.guests.revoke(params.id, params.link),
)
