'use client'
import { Columns2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { useNavigate } from '@/components/ui/navigation.tsx'
import { Popover } from '@/components/ui/popover.tsx'
import { useViewData } from '@/components/ui/view-data.tsx'
import type { HeatMeasure } from '@/lib/analysis/heat-map.ts'
import type { Zone } from '@/lib/base/format.ts'
import type { Side } from '@/lib/model/incident.ts'
import { alignFor } from './add-side.tsx'
import { compareSearch, type RangeMs } from './compare-view.ts'
import { SideChoices } from './side-choices.tsx'

export interface CompareWithProps {
  readonly side: Side
  /** What is selected of it: the same minutes are then selected in both. */
  readonly selection: RangeMs | undefined
  readonly measure: HeatMeasure
  readonly zone: Zone
}

/** From a guild's page: itself at another time, or another guild. */
export function CompareWith({ side, selection, measure, zone }: CompareWithProps) {
  const [open, setOpen] = useState(false)
  const navigate = useNavigate()
  const source = useViewData()
  const choose = (other: Side) => {
    setOpen(false)
    // Earlier is the base; a neighbour stands beside.
    const earlier = other.guildId === side.guildId && other.fromMs < side.fromMs
    const align = alignFor({ align: 'clock' }, side.fromMs, other.fromMs)
    navigate(source.compareHref() + compareSearch([side, other], { base: earlier ? 1 : 0, measure, align }, selection))
  }
  return (
    <Popover
      title="Compare with"
      align="end"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button title="Compare with itself at another time, a neighbour, or another guild">
          <Columns2 size={14} aria-hidden />
          <span className="max-sm:sr-only">Compare with…</span>
        </Button>
      }
    >
      <SideChoices beside={side} shown={[side]} zone={zone} onChoose={choose} />
    </Popover>
  )
}
