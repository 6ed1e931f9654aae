'use client'
import { useMemo } from 'react'
import { ComparePage } from '@/components/compare/compare-page.tsx'
import { type CompareView, compareSearch, compareView } from '@/components/compare/compare-view.ts'
import type { ViewCodec } from '@/lib/view/view-state.ts'
import { NoteSheet } from './frozen-pages.tsx'
import { useIncident } from './scope.tsx'

/** The incident's sides beside each other, on the evidence; at first as it was made, or all of its sides. */
export function FrozenComparePage() {
  const { sides, view } = useIncident().incident
  const codec = useMemo((): ViewCodec<CompareView> => {
    const first = view.path === '/compare' ? view.search : compareSearch(sides)
    return {
      ...compareView,
      parse: (search) => compareView.parse(new URLSearchParams(search).has('sides') ? search : first),
    }
  }, [sides, view.path, view.search])
  return (
    <>
      <ComparePage codec={codec} />
      <NoteSheet />
    </>
  )
}
