/** What Share and Freeze begin with on a guild's page. */
import type { FreezeProposal, ProposedSides, ShareableView } from '@/components/share/view.ts'
import { formatWhen, type Zone, zoneName } from '@/lib/base/format.ts'
import type { Severity, Side } from '@/lib/model/incident.ts'
import { MINUTE_MS } from '@/lib/model/timings.ts'
import { type GuildView, guildView, isLive, type RangeMs } from './guild-view.ts'
import type { GuildFacts } from './heat-model.ts'
import { rangeWords, shownName, us } from './words.ts'

/** Calm minutes before the onset belong to the evidence: they show what was usual. */
const BEFORE_ONSET_MS = 10 * MINUTE_MS
const LONG_SATURATION = 10
/** A user who waits this long has given up. */
const LONG_WAIT_US = 60_000_000

export interface SeenGuild {
  readonly guildId: string
  readonly view: GuildView
  readonly range: RangeMs | undefined
  readonly selection: RangeMs | undefined
  readonly facts: GuildFacts | undefined
  readonly zone: Zone
  /** Traces ticked in the list. */
  readonly ticked: readonly string[]
}

export function guildShareable(seen: SeenGuild): ShareableView {
  const { guildId, view, range, selection, facts, zone } = seen
  const guildName = facts?.data.guildName
  const name = shownName(guildName ?? guildId)
  if (range === undefined) return { words: `Guild ${name}`, shown: [] }
  const shown = selection ?? range
  const parts = [name, `${rangeWords(shown, zone)} ${zoneName(zone)}`]
  if (view.action !== '') parts.push(shownName(view.action))
  return {
    words: parts.join(', '),
    absolute: isLive(view)
      ? (search) => guildView.print({ ...guildView.parse(search).state, from: range.fromMs, to: range.toMs }, search)
      : undefined,
    shown: [{ guildId, guildName, ...range }],
    propose: facts === undefined ? undefined : () => guildProposal(seen, facts, range),
  }
}

function guildProposal(
  { guildId, view, selection, zone, ticked }: SeenGuild,
  facts: GuildFacts,
  range: RangeMs,
): FreezeProposal {
  const { data, onset, silentSinceMs } = facts
  const side = ({ fromMs, toMs }: RangeMs): readonly Side[] => [{ guildId, guildName: data.guildName, fromMs, toMs }]
  const choices: ProposedSides[] = []
  const beganMs = onset?.atMs ?? silentSinceMs
  if (beganMs !== undefined) {
    choices.push({
      label: 'Since 10 min before onset',
      sides: side({ fromMs: beganMs - BEFORE_ONSET_MS, toMs: range.toMs }),
    })
  }
  choices.push({ label: 'What is shown', sides: side(range) })
  if (selection !== undefined) choices.push({ label: 'The selection', sides: side(selection) })
  const { fromMs, toMs } = selection ?? range
  return {
    title: titleOf(shownName(data.guildName ?? guildId), facts, range, zone),
    severity: severityOf(facts),
    choices,
    flames: [{ guildId, fromMs, toMs, action: view.action === '' ? undefined : view.action, scope: view.scope }],
    traceIds: ticked,
  }
}

/** `Pixel Arena: saturated since 21:08, wait up to 4 m 12 s`. */
function titleOf(
  name: string,
  { data, totals, onset, silentSinceMs, newest }: GuildFacts,
  range: RangeMs,
  zone: Zone,
): string {
  const at = (ms: number) => formatWhen(ms, data.nowMs, zone)
  const parts: string[] = []
  if (silentSinceMs !== undefined) parts.push(`silent since ${at(silentSinceMs)}`)
  else if (onset?.kind === 'saturation') {
    const endMinute = onset.minute + onset.length
    const over = newest >= endMinute
    parts.push(
      over
        ? `saturated ${at(onset.atMs)}–${at(data.fromMs + endMinute * MINUTE_MS)}`
        : `saturated since ${at(onset.atMs)}${onset.orEarlier ? ' or earlier' : ''}`,
    )
  }
  const wait = worstWaitUs(totals)
  if (wait >= 1_000_000) parts.push(`wait up to ${us(wait)}`)
  if (parts.length === 0) parts.push(rangeWords(range, zone))
  return `${name}: ${parts.join(', ')}`
}

function severityOf({ totals, onset, silentSinceMs }: GuildFacts): Severity {
  if (silentSinceMs !== undefined || worstWaitUs(totals) >= LONG_WAIT_US) return 'critical'
  if (onset === undefined) return 'minor'
  return onset.length >= LONG_SATURATION ? 'critical' : 'major'
}

/** Of any message, or the longest mean of a minute where only that is stated, as the incident's own sentence says it; −1: neither. */
function worstWaitUs({ waitMaxUs, waitUs }: GuildFacts['totals']): number {
  const most = (waits: Float64Array) => waits.reduce((worst, wait) => (wait > worst ? wait : worst), -1)
  const longest = most(waitMaxUs)
  return longest >= 0 ? longest : most(waitUs)
}
