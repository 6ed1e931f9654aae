/** Answers about who asks; a secret leaves in the cookie's header only. */
import type { SessionAnswer } from '../model/guest-link.ts'
import type { Identity } from '../server/access.ts'
import type { Instance } from '../server/instance.ts'
import { jsonResponse } from './respond.ts'

export interface WithCookie {
  readonly answer: unknown
  readonly cookie: string | undefined
}

export async function cookieResponse({ answer, cookie }: WithCookie, request: Request): Promise<Response> {
  const response = await jsonResponse(answer, request)
  if (cookie !== undefined) response.headers.append('set-cookie', cookie)
  return response
}

export async function sessionAnswer(instance: Instance, identity: Identity, headers: Headers): Promise<SessionAnswer> {
  const { access, config } = instance
  const nothing = { read: false, write: false, guestLinks: false }
  if (identity.kind !== 'owner') {
    const incidentIds = await access.guestOf(headers)
    return {
      mode: access.mode,
      you: incidentIds.length > 0 ? { kind: 'guest', incidentIds } : { kind: 'nobody' },
      may: nothing,
    }
  }
  const whyNot = access.guests.whyNot
  return {
    mode: access.mode,
    you: { kind: 'owner', author: identity.author },
    may: {
      read: true,
      write: true,
      guestLinks: whyNot === undefined,
      ...(whyNot === undefined ? {} : { whyNoGuestLinks: `${whyNot.what} ${whyNot.tryThis}` }),
    },
    embedHosts: config.embedHosts,
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
  }
}
