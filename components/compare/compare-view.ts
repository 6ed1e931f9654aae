/**
 * What the comparison keeps in its URL: everything. Sides stand in one parameter, parts divided by `~`, sides by `!`:
 *
 *   sides=42~2026-11-22T10:00Z~2026-11-22T11:00Z~~~!43~…
 *         guild, from, to, the moment that offsets count from, selected from, selected to
 *
 * A side that cannot be shown (its range reversed, unreadable, too long) stays in the list, so that the page can say so in its place.
 */
import { HEAT_MEASURES } from '@/lib/analysis/heat-map.ts'
import type { FlameToKeep } from '@/lib/model/freeze.ts'
import { SIDES_MAX, type Side } from '@/lib/model/incident.ts'
import { MINUTE_MS } from '@/lib/model/timings.ts'
import {
  choice,
  escapePart,
  type Field,
  flag,
  integer,
  optionalInstant,
  optionalInteger,
  type StateOf,
  text,
  unescapePart,
  viewCodec,
} from '@/lib/view/view-state.ts'

export const LETTERS = ['A', 'B', 'C', 'D'] as const
/** More than this many in an address is no comparison any more, but something else. */
const SIDES_READ = 12
const GUILD_MAX = 256
/** The minutes of one answer. */
const RANGE_MAX_MS = 1_440 * MINUTE_MS

export interface CompareSide {
  readonly guildId: string
  /** Unix ms; undefined where the address holds no readable time. */
  readonly fromMs: number | undefined
  readonly toMs: number | undefined
  /** The moment that offsets count from; undefined: its onset. */
  readonly atMs: number | undefined
  /** Selected minutes; both undefined: the whole range. They may lie outside the range: then none of it is selected. */
  readonly selFromMs: number | undefined
  readonly selToMs: number | undefined
}

const instant = optionalInstant()

/** Sides as one text; guild ids are anybody's text. */
export function sideList(): Field<readonly CompareSide[]> {
  return {
    fallback: [],
    parse(given) {
      if (given === '') return []
      const parts = given.split('!')
      if (parts.length > SIDES_READ) return undefined
      return parts.map((part) => {
        const [guild = '', from = '', to = '', at = '', selFrom = '', selTo = ''] = part.split('~')
        return {
          guildId: unescapePart(guild).slice(0, GUILD_MAX),
          fromMs: instant.parse(from),
          toMs: instant.parse(to),
          atMs: instant.parse(at),
          selFromMs: instant.parse(selFrom),
          selToMs: instant.parse(selTo),
        }
      })
    },
    print: (sides) =>
      sides
        .map((side) =>
          [
            escapePart(side.guildId),
            ...[side.fromMs, side.toMs, side.atMs, side.selFromMs, side.selToMs].map(instant.print),
          ]
            .join('~')
            .replace(/~+$/, '~'),
        )
        .join('!'),
  }
}

/** A cell of a side's heat map: its minute and row from the first. */
export interface CellPlace {
  readonly minute: number
  readonly row: number
}

/** Per side the cell that the keyboard stands on, `15.3!!2.0`; nothing where it was not moved. */
export function cellList(): Field<readonly (CellPlace | undefined)[]> {
  return {
    fallback: [],
    parse(given) {
      if (given === '') return []
      const cells = given.split('!').map((part) => {
        const match = /^(\d{1,5})\.(\d{1,5})$/.exec(part)
        return match === null ? undefined : { minute: Number(match[1]), row: Number(match[2]) }
      })
      return cells.length <= SIDES_READ ? cells : undefined
    },
    print: (cells) =>
      Array.from(cells, (cell) => (cell === undefined ? '' : `${cell.minute}.${cell.row}`))
        .join('!')
        .replace(/!+$/, ''),
  }
}

export const TABLE_SORTS = ['difference', 'busy', 'count', 'cost', 'wait', 'name'] as const

const fields = {
  sides: sideList(),
  /** Which side the others are compared with. */
  base: integer(0, 0, SIDES_MAX - 1),
  align: choice(['clock', 'offset'], 'clock'),
  measure: choice(HEAT_MEASURES, 'share'),
  all: flag(),
  /** A brush in one side selects the same minutes in all. */
  linked: flag(true),
  cells: cellList(),
  action: text('', 1_024),
  sort: choice(TABLE_SORTS, 'difference'),
  /** Per 1,000 online sessions. */
  per1k: flag(),
  tab: choice(['actions', 'flame', 'latency', 'traces'], 'actions'),
  /** The side that stands against the base in the flame graph. */
  against: optionalInteger(0, SIDES_MAX - 1),
  scope: choice(['guild', 'trace'], 'guild'),
  norm: choice(['traces', 'wall'], 'traces'),
  scale: choice(['absolute', 'share'], 'absolute'),
  flame: choice(['graph', 'table'], 'graph'),
  zoom: text('', 4_000),
  find: text('', 200),
  quantity: choice(['duration', 'wait'], 'duration'),
  /** Two traces, and the operation path (names, each percent-encoded, joined by '/') that they are aligned at; '': the user's action. */
  a: text('', 64),
  b: text('', 64),
  at: text('', 4_000),
}

export type CompareView = StateOf<typeof fields>
export const compareView = viewCodec(fields)

/** The address of a comparison, its query string only. `selection`: minutes of the first side, selected at the same place in all. */
export function compareSearch(sides: readonly Side[], more: Partial<CompareView> = {}, selection?: RangeMs): string {
  const list = sides.map(({ guildId, fromMs, toMs }) => ({
    ...sideOf(guildId, fromMs, toMs),
    ...(selection !== undefined && {
      selFromMs: selection.fromMs - sides[0].fromMs + fromMs,
      selToMs: selection.toMs - sides[0].fromMs + fromMs,
    }),
  }))
  return compareView.print({ ...compareView.parse('').state, ...more, sides: list })
}

export function sideOf(guildId: string, fromMs: number, toMs: number): CompareSide {
  return { guildId, fromMs, toMs, atMs: undefined, selFromMs: undefined, selToMs: undefined }
}

export interface RangeMs {
  readonly fromMs: number
  readonly toMs: number
}

export type SideState =
  | { readonly kind: 'range'; readonly range: RangeMs }
  /** A sentence to show in its place. */
  | { readonly kind: 'problem'; readonly what: string }

/** What can be shown of a side: its whole minutes, or why there are none. */
export function sideState(sides: readonly CompareSide[], index: number): SideState {
  const { guildId, fromMs, toMs } = sides[index]
  const problem = (what: string): SideState => ({ kind: 'problem', what })
  if (guildId.trim() === '') return problem('This side names no guild.')
  if (fromMs === undefined || toMs === undefined) return problem('The range of this side cannot be read.')
  if (toMs <= fromMs) return problem('The range of this side ends before it begins.')
  if (toMs - fromMs > RANGE_MAX_MS) {
    return problem(`The range of this side is ${lengthWords(toMs - fromMs)} long; a side shows at most 24 h.`)
  }
  const range = {
    fromMs: Math.floor(fromMs / MINUTE_MS) * MINUTE_MS,
    toMs: Math.ceil(toMs / MINUTE_MS) * MINUTE_MS,
  }
  const same = sides.findIndex(
    (other, i) => i < index && other.guildId === guildId && other.fromMs === fromMs && other.toMs === toMs,
  )
  if (same >= 0) return problem(`This is the same guild and range as side ${LETTERS[same]}.`)
  return { kind: 'range', range }
}

function lengthWords(ms: number): string {
  const hours = ms / 3_600_000
  return hours < 48 ? `${Math.round(hours * 10) / 10} h` : `${Math.round(hours / 24)} days`
}

/** The minutes of a side that tables, flame graphs and traces speak of, as stated: perhaps none of its range. */
export function selectedRange(side: CompareSide, range: RangeMs): RangeMs {
  if (side.selFromMs === undefined || side.selToMs === undefined || side.selToMs <= side.selFromMs) return range
  return { fromMs: side.selFromMs, toMs: side.selToMs }
}

/** What freezing this comparison copies: its sides, the flame graphs it shows, and the traces chosen in it. */
export function freezeProposalOf(view: CompareView): {
  readonly sides: readonly Side[]
  readonly flames: readonly FlameToKeep[]
  readonly traceIds: readonly string[]
} {
  const sides: Side[] = []
  const flames: FlameToKeep[] = []
  view.sides.slice(0, SIDES_MAX).forEach((side, i) => {
    const state = sideState(view.sides, i)
    if (state.kind === 'problem') return
    sides.push({ guildId: side.guildId, ...state.range })
    const { fromMs, toMs } = selectedRange(side, state.range)
    flames.push({
      guildId: side.guildId,
      fromMs: Math.max(fromMs, state.range.fromMs),
      toMs: Math.min(toMs, state.range.toMs),
      ...(view.action === '' ? {} : { action: view.action }),
      scope: view.scope,
    })
  })
  return {
    sides,
    flames: flames.filter((flame) => flame.toMs > flame.fromMs),
    traceIds: [...new Set([view.a, view.b])].filter((id) => id !== ''),
  }
}
