import type { Metadata } from 'next'
import { headers } from 'next/headers'
import { unfurlTags } from '@/app/unfurl.ts'
import { type ClosedBecause, SignIn } from '@/components/access/sign-in.tsx'
import { instance } from '@/lib/server/instance.ts'

/** In place of an incident's page: what its link may tell to anybody, where the configuration says so. */
export async function generateMetadata(): Promise<Metadata> {
  const incidentId = (await headers()).get('x-guildscope-incident')
  const tags = incidentId === null ? {} : await unfurlTags({ incidentId: decodeURIComponent(incidentId) })
  return { title: 'Sign in', ...tags }
}

async function because(): Promise<ClosedBecause> {
  // First: it tells the build that this page is not made ahead, so that the build starts no instance (and makes no owner token).
  const asked = await headers()
  const running = await instance()
  if (!running.ok) return 'signed-out'
  const { access } = running.value
  const identity = await access.identify(asked)
  if (identity.kind === 'owner') return 'open'
  if ((await access.guestOf(asked)).length > 0) return 'guest'
  if (access.mode === 'proxy') return 'proxy'
  return asked.has('x-guildscope-incident') ? 'incident' : 'signed-out'
}

/** Shown in place of any page that is closed to whoever asks (see `proxy.ts`). */
export default async function Page() {
  return <SignIn because={await because()} />
}
