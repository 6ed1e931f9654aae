'use client'
import { type ReactNode, useMemo } from 'react'
import { useSearch } from '@/components/ui/navigation.tsx'
import { ViewDataContext } from '@/components/ui/view-data.tsx'
import { liveData } from '@/lib/client/view-data.ts'
import { chosenIn } from '@/lib/view/chosen-sources.ts'

/** The live sources that the address names. A move within the page leaves them the same object. */
export function LiveSources({ children }: { readonly children: ReactNode }) {
  const { source, timings } = chosenIn(useSearch())
  const data = useMemo(() => liveData({ source, timings }), [source, timings])
  return <ViewDataContext value={data}>{children}</ViewDataContext>
}
