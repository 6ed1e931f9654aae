import type { Metadata } from 'next'
import { FrozenComparePage } from '@/components/incident/frozen-compare.tsx'

export const metadata: Metadata = { title: 'Comparison of an incident' }

export default function Page() {
  return <FrozenComparePage />
}
