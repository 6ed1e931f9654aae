import { FLAME_MEASURES, FLAME_ORDERS } from '@/lib/analysis/flame-layout.ts'
import { HEAT_MEASURES } from '@/lib/analysis/heat-map.ts'
import { MINUTE_MS } from '@/lib/model/timings.ts'
import {
  choice,
  flag,
  integer,
  optionalInstant,
  type StateOf,
  text,
  viewCodec,
  wordSet,
} from '@/lib/view/view-state.ts'

/** Numeric columns of the flame graph's table. */
export const FLAME_COLUMNS = ['spans', 'totalNs', 'selfNs', 'waitNs', 'errors'] as const
/** Rows that the list of traces begins with, and grows by. */
export const TRACE_ROWS = 100

/** Range presets in minutes. */
export const SPANS = [15, 60, 180, 360, 1_440] as const

const fields = {
  /** Absolute range; both absent: live, the last `span` minutes. */
  from: optionalInstant(),
  to: optionalInstant(),
  span: integer(60, 5, 1_440),
  /** Selected minutes, and the action within them ('': all). */
  sel: optionalInstant(),
  selTo: optionalInstant(),
  action: text('', 1_024),
  measure: choice(HEAT_MEASURES, 'share'),
  /** Give every action type a row of its own. */
  all: flag(),
  /** Flame graph from the guild's own spans down, or of whole traces. */
  scope: choice(['guild', 'trace'], 'guild'),
  width: choice(FLAME_MEASURES, 'wall'),
  order: choice(FLAME_ORDERS, 'time'),
  flame: choice(['graph', 'table'], 'graph'),
  find: text('', 200),
  /** Names from the root to the zoomed box, each percent-encoded, joined by '/'. Indices would not survive new data. */
  zoom: text('', 4_000),
  sort: choice(['newest', 'slowest', 'longest-wait'], 'newest'),
  complete: flag(),
  /** Share of the lower part that the flame graph takes, percent. */
  split: integer(56, 20, 80),
  /** The heat map's cell that the keyboard stands on: a minute, and a row from the top. */
  cell: optionalInstant(),
  cellRow: integer(0, 0, 10_000),
  /** The flame graph's box that the keyboard stands on: names as in `zoom`. */
  box: text('', 4_000),
  /** Column that the flame table is sorted by. */
  names: choice(FLAME_COLUMNS, 'selfNs'),
  /** Rows of the list of traces. */
  rows: integer(TRACE_ROWS, 1, 100_000),
  /** Traces ticked in the list, by id. */
  ticked: wordSet(/^[0-9a-f]{32}$/, 500),
}

export type GuildView = StateOf<typeof fields>
export const guildView = viewCodec(fields)

export interface RangeMs {
  readonly fromMs: number
  readonly toMs: number
}

/** The range that is shown at `nowMs`, on whole minutes. */
export function rangeOf(view: GuildView, nowMs: number): RangeMs {
  if (view.from !== undefined && view.to !== undefined && view.to > view.from) {
    const fromMs = Math.floor(view.from / MINUTE_MS) * MINUTE_MS
    const toMs = Math.ceil(view.to / MINUTE_MS) * MINUTE_MS
    return { fromMs: Math.max(fromMs, toMs - 1_440 * MINUTE_MS), toMs }
  }
  const toMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS
  return { fromMs: toMs - view.span * MINUTE_MS, toMs }
}

export function isLive(view: GuildView): boolean {
  return view.from === undefined || view.to === undefined || view.to <= view.from
}

export function selectionOf(view: GuildView): RangeMs | undefined {
  if (view.sel === undefined) return undefined
  const fromMs = Math.floor(view.sel / MINUTE_MS) * MINUTE_MS
  const toMs = view.selTo === undefined || view.selTo <= fromMs ? fromMs + MINUTE_MS : view.selTo
  return { fromMs, toMs: Math.ceil(toMs / MINUTE_MS) * MINUTE_MS }
}

/** A selection makes the range absolute: it must mean the same minutes tomorrow. */
export function withSelection(
  range: RangeMs,
  selection: RangeMs | undefined,
  action: string | undefined,
): Partial<GuildView> {
  return {
    from: range.fromMs,
    to: range.toMs,
    sel: selection?.fromMs,
    // One minute needs no end.
    selTo: selection === undefined || selection.toMs - selection.fromMs === MINUTE_MS ? undefined : selection.toMs,
    action: action ?? '',
    zoom: '',
  }
}

/** The range scaled by `factor` about its middle and moved by `shift` of its length; on whole minutes, 5 minutes to a day long. */
export function reframed(range: RangeMs, factor: number, shift: number): RangeMs {
  const minutes = Math.max(5, Math.min(1_440, Math.round(((range.toMs - range.fromMs) / MINUTE_MS) * factor)))
  const middle = (range.fromMs + range.toMs) / 2 + (range.toMs - range.fromMs) * shift
  const fromMs = Math.round(middle / MINUTE_MS - minutes / 2) * MINUTE_MS
  return { fromMs, toMs: fromMs + minutes * MINUTE_MS }
}

export const nothingSelected: Partial<GuildView> = { sel: undefined, selTo: undefined, action: '', zoom: '' }
