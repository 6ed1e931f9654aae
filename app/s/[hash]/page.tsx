import type { Metadata } from 'next'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { DeadEnd } from '@/components/shell/dead-end.tsx'
import { instance } from '@/lib/server/instance'
import { ADDRESS_MAX } from '@/lib/view/view-store.ts'
import { LongView } from './long-view.tsx'

export const metadata: Metadata = { title: 'Short link' }

/** Leads to the view that is stored under the hash. */
export default async function ShortLinkPage({ params }: { readonly params: Promise<{ readonly hash: string }> }) {
  const { hash } = await params
  const running = await instance()
  if (!running.ok) return <Nowhere what={running.failure.what} tryThis={running.failure.tryThis} />
  const { access, incidents } = running.value
  const link = await incidents.shortLinks.read(hash)
  if (!link.ok) return <Nowhere what={link.failure.what} tryThis={link.failure.tryThis} />
  const asked = await headers()
  const incidentId = /^\/incidents\/([^/]+)/.exec(link.value.path)?.[1]
  const identity = await access.identify(asked, incidentId)
  if (identity.kind === 'owner' || (identity.kind === 'guest' && identity.incidentId === incidentId)) {
    const { path, search } = link.value
    if (search.length > ADDRESS_MAX) return <LongView path={path} search={search} />
    redirect(path + search)
  }
  return <Nowhere what="You may not see this view." tryThis="Ask whoever sent the link for a guest link." />
}

function Nowhere({ what, tryThis }: { readonly what: string; readonly tryThis: string }) {
  return (
    <DeadEnd crumb="Short link" title="This short link leads nowhere">
      <p>{what}</p>
      <p>{tryThis}</p>
    </DeadEnd>
  )
}
