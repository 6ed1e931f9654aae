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
  const door = (await headers()).get('x-guildscope-door')
  if (door === 'host') return 'host'
  const running = await instance()
  if (running.ok && running.value.access.mode === 'proxy') return 'proxy'
  return door === 'guest' || door === 'signed-out' ? door : 'open'
}

/** Shown in place of any page that is closed to whoever asks (see `proxy.ts`). */
export default async function Page() {
  return <SignIn because={await because()} />
}
