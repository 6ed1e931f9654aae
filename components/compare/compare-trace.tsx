'use client'
import { Columns2 } from 'lucide-react'
import { useContext, useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { useNavigate } from '@/components/ui/navigation.tsx'
import { Popover } from '@/components/ui/popover.tsx'
import { FrozenRangesContext, nearestRange, useViewData } from '@/components/ui/view-data.tsx'
import type { Zone } from '@/lib/base/format.ts'
import type { Side } from '@/lib/model/incident.ts'
import type { Trace } from '@/lib/model/span-columns.ts'
import { MINUTE_MS } from '@/lib/model/timings.ts'
import { compareSearch } from './compare-view.ts'
import { TraceChoice } from './trace-choice.tsx'

const AROUND_MS = 30 * MINUTE_MS

/** From a trace's page: beside another one, given by its id or picked from the same guild and action. */
export function CompareTrace({ trace, zone }: { readonly trace: Trace; readonly zone: Zone }) {
  const [open, setOpen] = useState(false)
  const navigate = useNavigate()
  const source = useViewData()
  const rangesOf = useContext(FrozenRangesContext)?.of
  const { spans, traceId, guilds } = trace
  const guildId = guilds[0]?.id
  const action = actionOf(trace)
  const minute = Math.floor(Number(spans.traceStartNs / 1_000_000n) / MINUTE_MS) * MINUTE_MS
  const around = { fromMs: minute - AROUND_MS, toMs: minute + AROUND_MS }
  const kept = guildId === undefined ? undefined : nearestRange(rangesOf?.(guildId) ?? [], around.fromMs, around.toMs)
  const range = kept === undefined ? around : { fromMs: kept.fromMs, toMs: kept.toMs }
  const sides: readonly Side[] = guildId === undefined ? [] : [{ guildId, ...range }]
  return (
    <Popover
      title="Compare with another trace"
      align="end"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button title="Compare with another trace">
          <Columns2 size={14} aria-hidden />
          <span className="max-sm:sr-only">Compare</span>
        </Button>
      }
    >
      <TraceChoice
        guildId={guildId}
        range={range}
        action={action}
        except={traceId}
        zone={zone}
        onChoose={(other) => {
          setOpen(false)
          navigate(source.compareHref() + compareSearch(sides, { tab: 'traces', a: traceId, b: other, action }))
        }}
      />
    </Popover>
  )
}

/** The action of the first span that names one; '' for none. */
function actionOf({ spans }: Trace): string {
  const at = spans.actionId.findIndex((id) => id > 0)
  return at < 0 ? '' : (spans.actions[spans.actionId[at]] ?? '')
}
