import type { Metadata } from 'next'
import { TracePage } from '@/components/trace/trace-page.tsx'
import { instance } from '@/lib/server/instance.ts'

interface Props {
  readonly params: Promise<{ readonly id: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Trace ${decodeURIComponent((await params).id).slice(0, 8)}` }
}

export default async function Page({ params }: Props) {
  const running = await instance()
  const several = running.ok && running.value.sources.choices().traces.length > 1
  return <TracePage id={decodeURIComponent((await params).id)} several={several} />
}
