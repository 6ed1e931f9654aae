'use client'
import { useForeignSources } from '@/components/shell/asked-sources.ts'
import { Tooltip } from '@/components/ui/tooltip.tsx'

/** What the minutes rest on, where they were not counted and sent here by the guilds' processes; in full for whoever asks. */
export function TimingsBasis({ notes }: { readonly notes: readonly string[] }) {
  const { timings } = useForeignSources()
  if (timings === undefined) return undefined
  const { kind, name } = timings
  const words =
    kind === 'derived' ? 'derived from spans' : kind === 'prometheus' ? `from ${name}, approximate` : `from ${name}`
  if (notes.length === 0) return <span className="text-table text-text-2">{words}</span>
  return (
    <Tooltip label={notes.join(' ')} pressed>
      <button
        type="button"
        className="min-h-6 cursor-help rounded-control border border-line px-1.5 text-left text-table text-text-2 pointer-coarse:min-h-10"
      >
        {words}
      </button>
    </Tooltip>
  )
}
