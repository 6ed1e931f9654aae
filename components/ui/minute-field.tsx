'use client'
import { useState } from 'react'
import { fromWallClock, toWallClock } from '@/lib/base/format.ts'
import { cx } from './cx.ts'
import { usePreferences } from './preferences.tsx'

export interface MinuteFieldProps {
  readonly label: string
  /** Unix ms; NaN: what is written is no minute. */
  readonly atMs: number
  readonly onChange: (atMs: number) => void
  readonly className?: string
}

/** A minute, in the zone in which the page shows times, written as everywhere (`2026-11-22 10:05`) and not as the browser's country does. */
export function MinuteField({ label, atMs, onChange, className }: MinuteFieldProps) {
  const { zone } = usePreferences()
  const printed = Number.isNaN(atMs) ? '' : toWallClock(atMs, zone).replace('T', ' ')
  const [typed, setTyped] = useState({ text: printed, of: printed })
  // What was typed stands until something else changes the minute: a choice, the zone.
  const text = typed.of === printed || Number.isNaN(atMs) ? typed.text : printed
  return (
    <input
      aria-label={`${label}, as year-month-day hour:minute`}
      aria-invalid={Number.isNaN(atMs)}
      value={text}
      spellCheck={false}
      onChange={(event) => {
        const given = event.target.value
        const at = fromWallClock(given.trim().replace(/\s+/, 'T'), zone) ?? Number.NaN
        setTyped({ text: given, of: Number.isNaN(at) ? '' : toWallClock(at, zone).replace('T', ' ') })
        onChange(at)
      }}
      className={cx(
        'h-7 w-36 min-w-0 rounded-control border border-control-line bg-transparent px-2 text-table tabular-nums outline-none focus:border-accent aria-invalid:border-bad pointer-coarse:h-10',
        className,
      )}
    />
  )
}
