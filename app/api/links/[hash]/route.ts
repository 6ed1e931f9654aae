import { linkParams } from '@/lib/api/incident-params'
import { noQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'

export const GET = get(linkParams, noQuery, ({ params, instance }) => instance.incidents.shortLinks.read(params.hash))
