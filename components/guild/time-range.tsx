'use client'
import { ChevronDown, ChevronLeft, ChevronRight, Radio } from 'lucide-react'
import { useState } from 'react'
import { Button, IconButton } from '@/components/ui/button.tsx'
import { Popover } from '@/components/ui/popover.tsx'
import type { FrozenRange } from '@/components/ui/view-data.tsx'
import { formatDate, formatDuration, type Zone, zoneName } from '@/lib/base/format.ts'
import { MINUTE_MS } from '@/lib/model/timings.ts'
import { type GuildView, isLive, nothingSelected, type RangeMs, SPANS } from './guild-view.ts'
import { rangeWords } from './words.ts'

export interface TimeRangeProps {
  readonly view: GuildView
  readonly range: RangeMs | undefined
  readonly zone: Zone
  /** On evidence: what there is to choose from. */
  readonly frozen: readonly FrozenRange[] | undefined
  readonly onMove: (patch: Partial<GuildView>) => void
  readonly onToggleLive: () => void
}

/** The absolute range, presets, steps, and whether it follows the present. */
export function TimeRange({ view, range, zone, frozen, onMove, onToggleLive }: TimeRangeProps) {
  const [open, setOpen] = useState(false)
  const live = isLive(view)
  const span = range === undefined ? view.span : Math.round((range.toMs - range.fromMs) / MINUTE_MS)
  const words = range === undefined ? '' : rangeWords(range, zone)
  const oneDay = !words.includes(' ')
  const choose = (minutes: number) => {
    setOpen(false)
    if (live || range === undefined) onMove({ span: minutes })
    else onMove({ from: range.toMs - minutes * MINUTE_MS, to: range.toMs, span: minutes })
  }
  const step = (by: number) => {
    if (range === undefined) return
    // Half a range: what was at the edge is then in the middle.
    const shift = by * Math.max(1, Math.round(span / 2)) * MINUTE_MS
    onMove({ from: range.fromMs + shift, to: range.toMs + shift })
  }
  return (
    <>
      {range !== undefined && (
        <span className="text-table whitespace-nowrap text-text-2">
          {oneDay && <span className="max-sm:hidden">{formatDate(range.fromMs, zone)} </span>}
          <span className="text-text">{words}</span> {zoneName(zone)}
        </span>
      )}
      <Popover
        title="Length of the range"
        align="end"
        open={open}
        onOpenChange={setOpen}
        trigger={
          <Button aria-label={`Length of the range: ${spanWords(span)}`}>
            {spanWords(span)} <ChevronDown size={13} aria-hidden />
          </Button>
        }
      >
        <ul className="p-1">
          {frozen?.map((kept) => (
            <li key={`${kept.label} ${kept.fromMs}`}>
              <Button
                tone="plain"
                aria-pressed={kept.fromMs === range?.fromMs && kept.toMs === range.toMs}
                onClick={() => {
                  setOpen(false)
                  onMove({ from: kept.fromMs, to: kept.toMs, ...nothingSelected })
                }}
                className="w-full justify-start"
              >
                {kept.label} <span className="text-text-2">{rangeWords(kept, zone)}</span>
              </Button>
            </li>
          ))}
          {(frozen === undefined ? SPANS : []).map((minutes) => (
            <li key={minutes}>
              <Button
                tone="plain"
                aria-pressed={minutes === span}
                onClick={() => choose(minutes)}
                className="w-full justify-start"
              >
                {live ? 'Last ' : ''}
                {spanWords(minutes)}
              </Button>
            </li>
          ))}
        </ul>
      </Popover>
      <IconButton label="Earlier" title="Earlier by half the range" onClick={() => step(-1)}>
        <ChevronLeft size={16} aria-hidden />
      </IconButton>
      <IconButton label="Later" title="Later by half the range" onClick={() => step(1)} disabled={live}>
        <ChevronRight size={16} aria-hidden />
      </IconButton>
      {frozen === undefined && (
        <Button
          aria-pressed={live}
          onClick={onToggleLive}
          title={live ? 'Follows the present; press to hold still' : 'Follow the present'}
        >
          <Radio size={14} aria-hidden className={live ? 'text-ok' : 'text-text-3'} />
          Live
        </Button>
      )}
    </>
  )
}

/** `15 min`, `1 h`, `24 h`, `1 h 20 m`. */
function spanWords(minutes: number): string {
  if (minutes < 60) return `${minutes} min`
  return minutes % 60 === 0 ? `${minutes / 60} h` : formatDuration(minutes * 60e9)
}
