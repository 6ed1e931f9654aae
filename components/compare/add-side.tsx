'use client'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { Popover } from '@/components/ui/popover.tsx'
import type { Zone } from '@/lib/base/format.ts'
import { SIDES_MAX } from '@/lib/model/incident.ts'
import { type CompareView, sideOf } from './compare-view.ts'
import { SideChoices } from './side-choices.tsx'
import type { LoadedSide } from './use-sides.ts'

export interface AddSideProps {
  readonly sides: readonly LoadedSide[]
  readonly view: CompareView
  readonly move: (change: Partial<CompareView>) => void
  readonly zone: Zone
}

/** One more side, beside the base. */
export function AddSide({ sides, view, move, zone }: AddSideProps) {
  const [open, setOpen] = useState(false)
  const shown = sides.filter((side) => side.kind !== 'problem')
  const beside = shown.find((side) => side.index === view.base) ?? shown[0]
  return (
    <Popover
      title="Add a side"
      align="end"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button title={`At most ${SIDES_MAX} sides`}>
          <Plus size={14} aria-hidden />
          Add a side
        </Button>
      }
    >
      <SideChoices
        beside={beside === undefined ? undefined : { guildId: beside.side.guildId, ...beside.range }}
        shown={shown.map((side) => ({ guildId: side.side.guildId, ...side.range }))}
        zone={zone}
        onChoose={({ guildId, fromMs, toMs }) => {
          setOpen(false)
          const list = [...view.sides.slice(0, SIDES_MAX - 1), sideOf(guildId, fromMs, toMs)]
          move({ sides: list, align: alignFor(view, beside?.range.fromMs, fromMs) })
        }}
      />
    </Popover>
  )
}

const DAY_MS = 86_400_000

/** Minutes of another time of day never stand under each other by the clock. */
export function alignFor(
  view: Pick<CompareView, 'align'>,
  fromMs: number | undefined,
  otherMs: number,
): CompareView['align'] {
  return fromMs !== undefined && (otherMs - fromMs) % DAY_MS !== 0 ? 'offset' : view.align
}
