/** What Share and Freeze begin with on the fleet's page. */
import type { FreezeProposal, ShareableView } from '@/components/share/view.ts'
import { formatDuration, formatWhen, type Zone, zoneName } from '@/lib/base/format.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import { SIDES_MAX, type Side } from '@/lib/model/incident.ts'
import { type FleetAnswer, type GuildLoad, MINUTE_MS } from '@/lib/model/timings.ts'
import { type FleetView, fleetView } from './fleet-view.ts'

const BEFORE_ONSET_MS = 10 * MINUTE_MS

/** `guilds`: the rows as they stand, filtered and ordered; `ticked`: those chosen by hand. */
export function fleetShareable(
  view: FleetView,
  answer: FleetAnswer | undefined,
  guilds: readonly GuildLoad[],
  ticked: readonly GuildLoad[],
  zone: Zone,
): ShareableView {
  if (answer === undefined) return { words: 'Guilds', shown: [] }
  const { nowMs, fromMs, minutes } = answer
  return {
    words: `Guilds at ${formatWhen(nowMs, nowMs, zone)} ${zoneName(zone)}`,
    absolute:
      view.at === undefined
        ? (search) => fleetView.print({ ...fleetView.parse(search).state, at: nowMs }, search)
        : undefined,
    shown: [],
    fleet: { fromMs, toMs: fromMs + minutes * MINUTE_MS },
    propose: guilds.length === 0 ? undefined : () => fleetProposal(answer, guilds, ticked, zone),
  }
}

/** The ticked guilds; without any, those that are saturated or silent; without those, the first. */
function fleetProposal(
  { nowMs, fromMs, minutes }: FleetAnswer,
  guilds: readonly GuildLoad[],
  ticked: readonly GuildLoad[],
  zone: Zone,
): FreezeProposal {
  const sick = guilds.filter((guild) => beganMs(guild) !== undefined)
  const [first] = [...ticked, ...sick, ...guilds]
  const meant = (ticked.length > 0 ? ticked : sick.length > 0 ? sick : [first]).slice(0, SIDES_MAX)
  const toMs = fromMs + minutes * MINUTE_MS
  const began = meant.map(beganMs).filter((ms) => ms !== undefined)
  const side =
    (from: number) =>
    (guild: GuildLoad): Side => ({ guildId: guild.guildId, guildName: guild.guildName, fromMs: from, toMs })
  const window = { label: 'The window shown', sides: meant.map(side(fromMs)) }
  return {
    title: titleOf(meant, nowMs, zone),
    severity: meant.some((guild) => guild.silentSinceMs !== undefined || guild.saturatedMinutes >= 10)
      ? 'critical'
      : began.length > 0
        ? 'major'
        : 'minor',
    choices:
      began.length === 0
        ? [window]
        : [
            { label: 'Since 10 min before onset', sides: meant.map(side(Math.min(...began) - BEFORE_ONSET_MS)) },
            window,
          ],
    flames: [],
    traceIds: [],
  }
}

function beganMs(guild: GuildLoad): number | undefined {
  return guild.silentSinceMs ?? (guild.saturatedMinutes >= 3 ? guild.saturatedSinceMs : undefined)
}

function titleOf(meant: readonly GuildLoad[], nowMs: number, zone: Zone): string {
  const [first] = meant
  const others = meant.length > 1 ? ` and ${meant.length - 1} more` : ''
  const name = visibleText(first.guildName ?? first.guildId).slice(0, 80)
  const parts: string[] = []
  if (first.silentSinceMs !== undefined) parts.push(`silent since ${formatWhen(first.silentSinceMs, nowMs, zone)}`)
  else if (first.saturatedSinceMs !== undefined && first.saturatedMinutes >= 3) {
    parts.push(`saturated since ${formatWhen(first.saturatedSinceMs, nowMs, zone)}`)
  }
  if (first.waitMaxUs >= 1_000_000) parts.push(`wait up to ${formatDuration(first.waitMaxUs * 1_000)}`)
  if (parts.length === 0) parts.push(`at ${formatWhen(nowMs, nowMs, zone)}`)
  return `${name}${others}: ${parts.join(', ')}`
}
