import type { Metadata } from 'next'
import { TracePage } from '@/components/trace/trace-page.tsx'

interface Props {
  readonly params: Promise<{ readonly id: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Trace ${decodeURIComponent((await params).id).slice(0, 8)}` }
}

export default async function Page({ params }: Props) {
  return <TracePage id={decodeURIComponent((await params).id)} />
}
