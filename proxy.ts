import { type NextRequest, NextResponse } from 'next/server'
import type { Result } from './lib/base/result.ts'
import { doorOf, incidentOfPage } from './lib/server/auth/page-door.ts'
import { contentPolicy, framedBy } from './lib/server/auth/page-policy.ts'
import type { Instance } from './lib/server/instance.ts'

/** The running instance, where there is one: this file is a bundle of its own, so it must not bring the store along. */
const slot: typeof globalThis & { readonly guildscope?: Promise<Result<Instance>> } = globalThis

const NOT_THIS_NAME =
  'This instance asks nobody who they are, so it answers only to this machine’s own addresses: another site could let its name point here.\n' +
  'Open it by its address, or set GUILDSCOPE_PUBLIC_URL to the address people open.\n'

/**
 * What every page has in common: a strict content security policy, and a door. Whoever may not see a page gets the sign-in page at
 * the address they wanted, and nothing of the page itself.
 */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const running = await slot.guildscope
  const instance = running?.ok === true ? running.value : undefined
  const { pathname } = request.nextUrl
  const nonce = btoa(crypto.randomUUID())
  const policy = contentPolicy(nonce, framedBy(pathname, instance?.config.embedHosts ?? []))

  const headers = new Headers(request.headers)
  headers.set('x-nonce', nonce)
  headers.set('content-security-policy', policy)
  headers.delete('x-guildscope-incident')
  const door = await doorOf(pathname, request.headers, instance)
  if (!door.open && door.why === 'host') return new NextResponse(NOT_THIS_NAME, { status: 403 })
  let response: NextResponse
  if (door.open) {
    response = NextResponse.next({ request: { headers } })
  } else {
    const incidentId = incidentOfPage(pathname)
    if (incidentId !== undefined) headers.set('x-guildscope-incident', encodeURIComponent(incidentId))
    // Of Next's own idea of its address, not of the Host header: another host would be asked over the network.
    const signIn = request.nextUrl.clone()
    signIn.pathname = '/sign-in'
    signIn.search = ''
    response = NextResponse.rewrite(signIn, { request: { headers } })
    response.headers.set('cache-control', 'no-store')
  }
  response.headers.set('content-security-policy', policy)
  response.headers.set('x-content-type-options', 'nosniff')
  response.headers.set('referrer-policy', 'same-origin')
  return response
}

export const config = {
  // Pages only: receivers and the API must not pay for a nonce nor have their bodies read twice.
  matcher: ['/((?!api/|v1/|_next/static|_next/image|icon.svg).*)'],
}
