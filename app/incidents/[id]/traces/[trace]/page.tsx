import type { Metadata } from 'next'
import { FrozenTracePage } from '@/components/incident/frozen-pages.tsx'
import { decodedSegment } from '@/lib/view/path.ts'

interface Props {
  readonly params: Promise<{ readonly trace: string }>
}

export const metadata: Metadata = { title: 'Trace of an incident' }

export default async function Page({ params }: Props) {
  return <FrozenTracePage traceId={decodedSegment((await params).trace)} />
}
