import { noQuery } from '@/lib/api/params'
import { write } from '@/lib/api/route'
import { ok } from '@/lib/base/result'
import { shortLinkSchema } from '@/lib/incidents/short-links'

export const POST = write(noQuery, shortLinkSchema, async ({ body, instance }) => {
  const stored = await instance.incidents.shortLinks.store(body)
  return stored.ok ? ok({ hash: stored.value }) : stored
})
