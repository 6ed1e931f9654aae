import { downloadResponse } from '@/lib/api/export'
import { exportBody, exportQuery, incidentParams } from '@/lib/api/incident-params'
import { get, write } from '@/lib/api/route'

export const POST = write(
  incidentParams,
  exportBody,
  ({ params, body, author, instance }) =>
    instance.incidents.export(params.id, body.format, body.redact, author, instance.config.publicUrl),
  downloadResponse,
)

/** The same where nothing is redacted, so that a link downloads it. */
export const GET = get(
  incidentParams,
  exportQuery,
  ({ params, query, identity, instance }) => {
    const author = identity.kind === 'owner' ? identity.author : { name: '', known: false }
    return instance.incidents.export(params.id, query.format, [], author, instance.config.publicUrl)
  },
  downloadResponse,
)
