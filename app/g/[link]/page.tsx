import type { Metadata } from 'next'
import { unfurlTags } from '@/app/unfurl.ts'
import { GuestEntry } from '@/components/access/guest-entry.tsx'

interface Props {
  readonly params: Promise<{ readonly link: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const tags = await unfurlTags({ linkId: (await params).link })
  return { title: 'Guest link', robots: { index: false }, referrer: 'no-referrer', ...tags }
}

export default async function Page({ params }: Props) {
  return <GuestEntry linkId={(await params).link} />
}
