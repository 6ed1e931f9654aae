import { SIDES_MAX } from '@/lib/model/incident.ts'
import { choice, flag, optionalInstant, text, textList, viewCodec } from '@/lib/view/view-state.ts'

export const SORTS = ['rank', 'name', 'busy', 'wait', 'backlog', 'sessions', 'node', 'trace'] as const
export type Sort = (typeof SORTS)[number]

export const WINDOWS = ['30', '60', '180', '360'] as const

/** What the fleet page keeps in its URL. `at` set: paused at that instant; else live. */
export const fleetView = viewCodec({
  q: text('', 200),
  node: text('', 300),
  action: text('', 300),
  sort: choice(SORTS, 'rank'),
  dir: choice(['default', 'reverse'], 'default'),
  minutes: choice(WINDOWS, '60'),
  at: optionalInstant(),
  /** All action types are shown. */
  strips: flag(),
  /** The guild that the keyboard stands on. */
  on: text('', 1_024),
  /** Ids of the guilds ticked to be compared. */
  ticked: textList(SIDES_MAX),
})

export type FleetView = ReturnType<typeof fleetView.parse>['state']

/** Ticked where it was not, and the reverse; a fifth changes nothing. */
export function tickedWith(ticked: readonly string[], guildId: string): readonly string[] {
  if (ticked.includes(guildId)) return ticked.filter((id) => id !== guildId)
  return ticked.length >= SIDES_MAX ? ticked : [...ticked, guildId]
}
