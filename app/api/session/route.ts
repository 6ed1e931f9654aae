import { noBody, signInBody } from '@/lib/api/access-params'
import { noQuery } from '@/lib/api/params'
import { get, introduce } from '@/lib/api/route'
import { cookieResponse, sessionAnswer } from '@/lib/api/session'
import { ok } from '@/lib/base/result'

/** Who am I, and what may I. */
export const GET = get(
  noQuery,
  noQuery,
  async ({ instance, identity, request }) => ok(await sessionAnswer(instance, identity, request.headers)),
  undefined,
  'anyone',
)

/** The owner token for a cookie. */
export const POST = introduce(
  noQuery,
  signInBody,
  async ({ instance, body, request }) => {
    const session = await instance.access.signIn(body.token, body.name, request.headers)
    return session.ok
      ? ok({ answer: { expiresMs: session.value.expiresMs }, cookie: session.value.setCookie })
      : session
  },
  cookieResponse,
)

/** Signs out. */
export const DELETE = introduce(
  noQuery,
  noBody,
  async ({ instance, request }) => {
    const cookie = await instance.access.signOut(request.headers)
    return cookie.ok ? ok({ answer: {}, cookie: cookie.value }) : cookie
  },
  cookieResponse,
)
