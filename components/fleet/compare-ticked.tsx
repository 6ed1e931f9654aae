'use client'
import { Columns2, X } from 'lucide-react'
import { compareSearch } from '@/components/compare/compare-view.ts'
import { Button, IconButton } from '@/components/ui/button.tsx'
import { useNavigate } from '@/components/ui/navigation.tsx'
import { SIDES_MAX } from '@/lib/model/incident.ts'
import { type FleetAnswer, MINUTE_MS } from '@/lib/model/timings.ts'
import type { FleetView } from './fleet-view.ts'

export interface CompareTickedProps {
  readonly view: FleetView
  readonly data: FleetAnswer | undefined
  readonly onClear: () => void
}

/** `Compare 2`: the ticked guilds over the window that is shown. */
export function CompareTicked({ view, data, onClear }: CompareTickedProps) {
  const navigate = useNavigate()
  const count = view.ticked.length
  const open = () => {
    if (data === undefined) return
    const range = { fromMs: data.fromMs, toMs: data.fromMs + data.minutes * MINUTE_MS }
    navigate(`/compare${compareSearch(view.ticked.map((guildId) => ({ guildId, ...range })))}`)
  }
  return (
    <span className="inline-flex items-center gap-1.5">
      <Button
        disabled={count < 2 || data === undefined}
        onClick={open}
        title={`Tick two to ${SIDES_MAX} guilds (X ticks the focused row), then compare them over this window`}
      >
        <Columns2 size={14} aria-hidden />
        <span>Compare{count > 0 ? ` ${count}` : ''}</span>
      </Button>
      {count > 0 && (
        <IconButton label="Clear the ticks" onClick={onClear}>
          <X size={14} aria-hidden />
        </IconButton>
      )}
      <span role="status" className="text-table text-text-2">
        {count >= SIDES_MAX && <>at most {SIDES_MAX}</>}
      </span>
    </span>
  )
}
