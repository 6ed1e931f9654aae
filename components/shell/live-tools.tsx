'use client'
import { Search, Siren } from 'lucide-react'
import { Kbd } from '@/components/ui/kbd.tsx'
import { Link } from '@/components/ui/navigation.tsx'
import { useViewData } from '@/components/ui/view-data.tsx'
import { layers } from './layers.ts'
import { useShortcuts } from './shortcuts.tsx'
import { SourceHealthLink } from './source-health-link.tsx'
import { SourcePicker } from './source-picker.tsx'

/** What only a running instance has: its sources' health, and search over everything in it. */
export function LiveTools() {
  const live = useViewData().frozen === undefined
  useShortcuts('Instance', [
    {
      keys: 'Mod+k',
      label: 'Search, go to a guild or a trace',
      run: () => layers.set('palette', true),
      everywhere: true,
    },
  ])
  return (
    <>
      <Link
        href="/incidents"
        title="Incidents: evidence that was frozen"
        className="inline-flex h-7 items-center gap-1.5 rounded-control px-1.5 text-text-2 hover:bg-raised hover:text-text pointer-coarse:h-10 pointer-coarse:min-w-10 pointer-coarse:justify-center"
      >
        <Siren size={15} aria-hidden />
        <span className="max-lg:sr-only">Incidents</span>
      </Link>
      {live && <SourcePicker />}
      {live && <SourceHealthLink />}
      <button
        type="button"
        onClick={() => layers.set('palette', true)}
        aria-keyshortcuts="Control+K Meta+K"
        className="flex h-7 items-center gap-2 rounded-control px-1.5 text-text-2 hover:bg-raised hover:text-text pointer-coarse:h-10 pointer-coarse:min-w-10 pointer-coarse:justify-center"
      >
        <Search size={15} aria-hidden />
        <span className="max-md:sr-only">Search</span>
        <span aria-hidden className="max-md:hidden">
          <Kbd keys="Mod+K" />
        </span>
      </button>
    </>
  )
}
