'use client'
import { useViewData } from '@/components/ui/view-data.tsx'
import type { SourceChoice, SourceLack } from '@/lib/model/instance.ts'
import { useSources } from './source-health-link.tsx'

/** The sources that this page asks, where they are other systems' (or derived): of the embedded store, and of evidence, nothing need be said. */
export function useForeignSources(): { readonly traces?: SourceChoice; readonly timings?: SourceChoice } {
  const { frozen, chosen } = useViewData()
  const { data } = useSources(undefined, frozen === undefined)
  if (data === undefined || frozen !== undefined) return {}
  const { traces, timings, defaults } = data.choices
  return {
    traces: foreign(traces, chosen.source ?? defaults.traces),
    timings: foreign(timings, chosen.timings ?? defaults.timings),
  }
}

function foreign(choices: readonly SourceChoice[], name: string | undefined): SourceChoice | undefined {
  return choices.find((one) => one.name === name && one.kind !== 'embedded')
}

/** What the source of a trace does not keep. Of evidence nobody knows any more. */
export function useLacks(source: string): ReadonlySet<SourceLack> {
  const { frozen } = useViewData()
  const { data } = useSources(undefined, frozen === undefined)
  const choice = frozen === undefined ? data?.choices.traces.find(({ name }) => name === source) : undefined
  return new Set(choice?.lacks ?? [])
}
