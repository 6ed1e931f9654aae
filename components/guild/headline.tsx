'use client'
import type { ReactNode } from 'react'
import { CopyButton } from '@/components/ui/copy-button.tsx'
import { Num } from '@/components/ui/num.tsx'
import { Status } from '@/components/ui/status.tsx'
import { Tooltip } from '@/components/ui/tooltip.tsx'
import { useViewData } from '@/components/ui/view-data.tsx'
import { formatBusy, formatWhen, type Zone } from '@/lib/base/format.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import { MINUTE_MS, type Retention, SATURATED_US } from '@/lib/model/timings.ts'
import type { RangeMs } from './guild-view.ts'
import type { GuildFacts } from './heat-model.ts'
import { outlookBasis, outlookWords, us } from './words.ts'

export interface HeadlineProps {
  readonly guildId: string
  readonly name: string | undefined
  readonly facts: GuildFacts | undefined
  readonly zone: Zone
  readonly kept: string
  readonly onSelect: (selection: RangeMs, action: undefined) => void
}

/** Who it is, and the numbers an engineer reads first. */
export function Headline({ guildId, name, facts, zone, kept, onSelect }: HeadlineProps) {
  const frozen = useViewData().frozen !== undefined
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-x-4 gap-y-0.5">
      <span className="flex min-w-0 items-center gap-2">
        <span className="truncate" title={name}>
          {name === undefined ? 'Guild' : visibleText(name)}
        </span>
        <span className="flex items-center font-mono text-table font-normal text-text-2">
          <span className="max-w-[50vw] truncate">{visibleText(guildId)}</span>
          <CopyButton text={guildId} what="guild id" />
        </span>
      </span>
      <span className="flex flex-wrap items-center gap-x-4 gap-y-0.5 text-ui font-normal">
        {facts !== undefined && <Figures facts={facts} zone={zone} onSelect={onSelect} />}
        {kept !== '' && (
          <span title={kept} className="text-table text-text-2">
            {heldWords(kept, facts, zone, frozen)}
          </span>
        )}
      </span>
    </span>
  )
}

function Figures({ facts, zone, onSelect }: Pick<HeadlineProps, 'zone' | 'onSelect'> & { readonly facts: GuildFacts }) {
  const { totals, newest, onset, outlook, data, silentSinceMs } = facts
  const busy = newest >= 0 ? totals.busyUs[newest] : Number.NaN
  const wait = newest >= 0 ? totals.waitUs[newest] : Number.NaN
  const at =
    newest >= 0
      ? `in the minute ${formatWhen(data.fromMs + newest * MINUTE_MS, data.nowMs, zone)}, the newest complete one`
      : ''
  const clears = outlookWords(outlook, zone, data.nowMs)
  const select = (atMs: number) => onSelect({ fromMs: atMs, toMs: atMs + MINUTE_MS }, undefined)
  return (
    <>
      {silentSinceMs === undefined && busy >= 0 && (
        <span className="flex items-center gap-1 text-text-2">
          busy
          <Num basis={`Busy ${at}`} className="font-semibold text-text">
            {formatBusy(busy)}
          </Num>
          {busy >= SATURATED_US && (
            <Status kind="bad" className="text-table">
              saturated
            </Status>
          )}
        </span>
      )}
      {silentSinceMs === undefined && wait >= 0 && (
        <span className="text-text-2">
          wait{' '}
          <Num
            basis={`${data.waitP50Us[newest] >= 0 ? 'Median' : 'Mean'} mailbox wait ${at}`}
            className="font-semibold text-text"
          >
            {us(wait)}
          </Num>
        </span>
      )}
      {onset?.kind === 'saturation' && (
        <Jump
          label={`First of ${onset.length} minutes in a row with 59 s of work or more. Select that minute.`}
          onClick={() => select(onset.atMs)}
        >
          onset {formatWhen(onset.atMs, data.nowMs, zone)}
          {onset.orEarlier && ' or earlier'}
        </Jump>
      )}
      {silentSinceMs !== undefined && (
        <Jump
          label="It reported load, then nothing more: a stuck or dead process. Select that minute."
          onClick={() => select(silentSinceMs)}
        >
          <Status kind="bad">silent since {formatWhen(silentSinceMs, data.nowMs, zone)}</Status>
        </Jump>
      )}
      {clears !== '' && silentSinceMs === undefined && (outlook.kind !== 'clear' || onset !== undefined) && (
        <Tooltip label={outlookBasis(outlook, zone)} pressed>
          <button
            type="button"
            className="cursor-help text-text underline decoration-line-strong decoration-dotted underline-offset-4 pointer-coarse:h-10"
          >
            {clears}
          </button>
        </Tooltip>
      )}
    </>
  )
}

function Jump({
  label,
  onClick,
  children,
}: {
  readonly label: string
  readonly onClick: () => void
  readonly children: ReactNode
}) {
  return (
    <Tooltip label={label}>
      <button
        type="button"
        onClick={onClick}
        className="inline-flex items-center text-accent hover:underline pointer-coarse:h-10"
      >
        {children}
      </button>
    </Tooltip>
  )
}

/** `kept 60 min`; '' until it is known. */
export function keptWords(retention: Retention | undefined): string {
  return retention === undefined ? '' : `kept ${retention.rule}`
}

/**
 * The rule's reason ("among the 20 largest") is for whoever asks; when a hold ends on another day, the day is said. What is frozen does
 * not end with the hold.
 */
function heldWords(kept: string, facts: GuildFacts | undefined, zone: Zone, frozen: boolean): string {
  const short = kept.replace(/ \(.*\)$/, '')
  const until = facts?.data.heldUntilMs
  if (facts === undefined || until === undefined || frozen) return short
  return `${short}; held until ${formatWhen(until, facts.data.nowMs, zone)}`
}
