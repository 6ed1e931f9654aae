import type { Metadata } from 'next'
import { GuestEntry } from '@/components/access/guest-entry.tsx'

interface Props {
  readonly params: Promise<{ readonly link: string }>
}

export const metadata: Metadata = { title: 'Guest link', robots: { index: false }, referrer: 'no-referrer' }

export default async function Page({ params }: Props) {
  return <GuestEntry linkId={(await params).link} />
}
