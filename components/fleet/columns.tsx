import type { ReactNode } from 'react'
import { Status } from '@/components/ui/status.tsx'
import { formatAgo, formatBusy, formatCount, formatDuration, formatWhen, type Zone } from '@/lib/base/format.ts'
import type { GuildLoad } from '@/lib/model/timings.ts'
import { SATURATED_US } from '@/lib/model/timings.ts'

const NONE = <span className="text-text-3">–</span>

export interface CellContext {
  readonly zone: Zone
  readonly nowMs: number
  /** Minutes of the window that have ended: the running one would look like a quiet one. */
  readonly ended: number
  /** Some rows state a median, some a mean: each row says which. */
  readonly mixedWaits: boolean
}

/** Work in the last complete minute; a saturated one is capped and says for how long. */
export function BusyNow({ guild }: { readonly guild: GuildLoad }) {
  if (guild.silentSinceMs !== undefined || guild.busyNow < 0) return NONE
  const us = guild.busyNow * 60_000_000
  const saturated = us >= SATURATED_US
  return (
    <span className={saturated ? 'border-t-2 border-saturated font-semibold' : undefined}>
      {saturated && <span className="sr-only">saturated: </span>}
      {formatBusy(us)}
    </span>
  )
}

export function Wait({ guild, context }: { readonly guild: GuildLoad; readonly context: CellContext }) {
  if (guild.waitKind === 'none' && guild.waitMaxUs < 0) return NONE
  // Each number stands under its like, so that the column can be read downwards.
  return (
    <span className="inline-grid grid-cols-[auto_4.25rem] gap-x-1">
      <span>
        {guild.waitKind === 'at least' && (
          <span title="The median lies above the highest bound of the histogram">≥ </span>
        )}
        {guild.waitUs < 0 ? NONE : formatDuration(guild.waitUs * 1_000)}
        {context.mixedWaits && (guild.waitKind === 'p50' || guild.waitKind === 'mean') && (
          <span className="text-text-3"> {guild.waitKind}</span>
        )}
        <span className="text-text-3"> /</span>
      </span>
      <span className="text-text-2">{guild.waitMaxUs < 0 ? '–' : formatDuration(guild.waitMaxUs * 1_000)}</span>
    </span>
  )
}

/** Mailboxes hold a few messages at any time: below both, there is no trend to speak of. */
const SMALL_DEPTH = 100
const SMALL_CHANGE_PER_MINUTE = 60

export function Backlog({ guild }: { readonly guild: GuildLoad }) {
  const { backlog } = guild
  if (backlog === undefined) return NONE
  const { depth, perMinute } = backlog
  const words = depth >= 0 ? formatCount(Math.round(depth)) : undefined
  const title = words === undefined ? undefined : `${words} messages in the mailbox`
  if (Math.abs(perMinute) < SMALL_CHANGE_PER_MINUTE) {
    if (words === undefined) return NONE
    return (
      <span title={title} className={depth < SMALL_DEPTH ? 'text-text-3' : undefined}>
        {depth < SMALL_DEPTH ? words : `${words} steady`}
      </span>
    )
  }
  const grows = perMinute > 0
  return (
    <span title={title} className={grows ? 'text-warn' : undefined}>
      <span aria-hidden>{grows ? '↑ +' : '↓ −'}</span>
      <span className="sr-only">{grows ? 'grows by ' : 'shrinks by '}</span>
      {formatCount(Math.round(Math.abs(perMinute)))}/min
    </span>
  )
}

export function Sessions({ guild }: { readonly guild: GuildLoad }) {
  return guild.sessions < 0 ? NONE : formatCount(guild.sessions)
}

export function LastTrace({ guild, context }: { readonly guild: GuildLoad; readonly context: CellContext }) {
  if (guild.lastTraceMs === undefined) return NONE
  return guild.lastTraceMs > context.nowMs ? 'since then' : formatAgo(guild.lastTraceMs, context.nowMs)
}

/** What is wrong with the guild, in words, beside its name. */
export function Finding({ guild, context }: { readonly guild: GuildLoad; readonly context: CellContext }): ReactNode {
  if (guild.silentSinceMs !== undefined) {
    return <Status kind="bad">silent since {formatWhen(guild.silentSinceMs, context.nowMs, context.zone)}</Status>
  }
  if (guild.saturatedMinutes > 0) {
    // Where the window holds nothing else, it began before the window.
    const least = guild.busyUs.slice(0, context.ended).every((us) => us >= SATURATED_US) ? '≥ ' : ''
    return (
      <Status kind={guild.saturatedMinutes >= 3 ? 'bad' : 'warn'}>
        saturated {least}
        {guild.saturatedMinutes} min
      </Status>
    )
  }
  return undefined
}
