import { guestBody } from '@/lib/api/access-params'
import { noQuery } from '@/lib/api/params'
import { introduce } from '@/lib/api/route'
import { cookieResponse } from '@/lib/api/session'
import { ok } from '@/lib/base/result'

/** A guest link's secret for a cookie that opens its incident. */
export const POST = introduce(
  noQuery,
  guestBody,
  async ({ instance, body, request }) => {
    const entered = await instance.access.enterAsGuest(body.linkId, body.secret, body.cookie, request.headers)
    if (!entered.ok) return entered
    const { incidentId, expiresMs, setCookie } = entered.value
    return ok({ answer: { incidentId, expiresMs }, cookie: setCookie })
  },
  cookieResponse,
)
