'use client'
import { Search, X, ZoomOut } from 'lucide-react'
import { type ReactNode, useRef } from 'react'
import { useShortcuts } from '@/components/shell/shortcuts.tsx'
import { IconButton } from '@/components/ui/button.tsx'
import { SegmentedControl } from '@/components/ui/segmented-control.tsx'
import type { FlameHits } from '@/lib/analysis/flame-layout.ts'
import { formatPercent } from '@/lib/base/format.ts'

/** What every flame graph's view state has. */
export interface FlameChoices {
  readonly flame: 'graph' | 'table'
  readonly scope: 'guild' | 'trace'
  readonly find: string
}

export interface FlameToolbarProps {
  readonly view: FlameChoices
  readonly move: (change: {
    readonly flame?: 'graph' | 'table'
    readonly scope?: 'guild' | 'trace'
    readonly zoom?: ''
  }) => void
  /** A continuous move: Back does not stop at each letter. */
  readonly slide: (change: { readonly find: string }) => void
  /** Undefined: nothing is searched, or nothing is there to search. */
  readonly hits: FlameHits | undefined
  readonly isZoomed: boolean
  /** Before what all have, and after it. */
  readonly leading?: ReactNode
  readonly children?: ReactNode
}

/** The line above a flame graph: how it is shown, and the search of its names. */
export function FlameToolbar({ view, move, slide, hits, isZoomed, leading, children }: FlameToolbarProps) {
  const input = useRef<HTMLInputElement>(null)
  useShortcuts('Flame graph', [{ keys: '/', label: 'Search the flame graph', run: () => input.current?.focus() }])
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1 px-3 pb-1.5">
      {leading}
      <SegmentedControl
        label="Show as"
        value={view.flame}
        segments={[
          { value: 'graph', label: 'Graph' },
          { value: 'table', label: 'Table' },
        ]}
        onChange={(flame) => move({ flame })}
      />
      <SegmentedControl
        label="From where"
        value={view.scope}
        segments={[
          { value: 'guild', label: 'Guild work' },
          { value: 'trace', label: 'Whole traces' },
        ]}
        onChange={(scope) => move({ scope, zoom: '' })}
      />
      {children}
      <label className="flex h-7 min-w-28 flex-1 items-center gap-1 rounded-control border border-control-line px-1.5 focus-within:border-accent pointer-coarse:h-10">
        <Search size={13} aria-hidden className="shrink-0 text-text-3" />
        <span className="sr-only">Search span names</span>
        <input
          ref={input}
          value={view.find}
          placeholder="search"
          onChange={(event) => slide({ find: event.target.value.slice(0, 200) })}
          onKeyDown={(event) => {
            if (event.key === 'Escape') slide({ find: '' })
          }}
          className="min-w-0 flex-1 bg-transparent text-table outline-none"
        />
        {hits !== undefined && (
          <span role="status" className="text-table whitespace-nowrap text-text-2">
            {hits.nodes.length} · {formatPercent(hits.share)}
          </span>
        )}
        {view.find !== '' && (
          <IconButton label="Clear the search" onClick={() => slide({ find: '' })} className="h-5 w-5">
            <X size={12} aria-hidden />
          </IconButton>
        )}
      </label>
      {/* Always there: a button that came with the zoom would move what is pointed at. */}
      <IconButton
        label="Reset zoom"
        title="Reset zoom (Esc)"
        tone="outline"
        disabled={!isZoomed}
        onClick={() => move({ zoom: '' })}
      >
        <ZoomOut size={14} aria-hidden />
      </IconButton>
    </div>
  )
}
