import { Button } from '@/components/ui/button.tsx'
import { PanelState } from '@/components/ui/panel.tsx'
import { formatExact, formatWhen, type Zone } from '@/lib/base/format.ts'
import { type GuildMinutes, MINUTE_MS, MINUTE_STATE, type Retention } from '@/lib/model/timings.ts'
import type { RangeMs } from './guild-view.ts'
import { rangeWords } from './words.ts'

export function rotatedMinutes({ state }: GuildMinutes): number {
  return state.reduce((sum, one) => sum + (one === MINUTE_STATE.rotated ? 1 : 0), 0)
}

export interface NoTimingsProps {
  readonly data: GuildMinutes
  readonly range: RangeMs
  readonly retention: Retention | undefined
  /** "kept 60 min" */
  readonly kept: string
  readonly zone: Zone
  readonly onShow: (range: RangeMs) => void
}

/** A range without any timings: never sent, or gone; and then, what is left to see. */
export function NoTimings({ data, range, retention, kept, zone, onShow }: NoTimingsProps) {
  const rule = kept === '' ? '' : ` (${kept})`
  const when = rangeWords(range, zone)
  const gone = rotatedMinutes(data)
  if (gone === 0) {
    return (
      <PanelState
        kind="empty"
        what={`No timings of this guild in ${when}${rule}. Choose another range, or see on Sources whether timings arrive.`}
      />
    )
  }
  const sinceMs = retention?.retainedFromMs ?? data.retainedFromMs
  const what =
    gone === data.minutes
      ? `The minutes ${when} have rotated away${rule}.`
      : `${formatExact(gone)} of the ${formatExact(data.minutes)} minutes ${when} have rotated away${rule}; the others hold no timings.`
  return (
    <PanelState
      kind="empty"
      what={
        sinceMs === undefined
          ? what
          : `${what} What is kept of this guild begins at ${formatWhen(sinceMs, data.nowMs, zone)}.`
      }
      action={
        sinceMs !== undefined && (
          <Button onClick={() => onShow({ fromMs: sinceMs, toMs: sinceMs + 60 * MINUTE_MS })}>
            Show the oldest hour that is kept
          </Button>
        )
      }
    />
  )
}
