/**
 * Action types of several sides beside each other: how busy, how many, how costly, how long a wait, and how that differs from the base.
 *
 *                 base: 30 complete minutes      B: 12 complete minutes
 *   reaction_add  1.2 s/min  1.8k/min  0.65 ms   42 s/min  63k/min  0.66 ms      35 × as busy, 35 × as many, as costly
 *
 * Figures are a minute, so that sides of different length compare. They rest on complete minutes of which something is known: the
 * running minute is left out, and so is what rotated away, fell silent or has not come. In such a minute an action without a sample
 * was not handled: zero. A measure that the side never states is unknown: −1 here, never 0.
 */
import { type GuildMinutes, MINUTE_MS, MINUTE_STATE } from '../model/timings.ts'
import { partialIndex } from './heat-map.ts'

export interface SideRange {
  readonly data: GuildMinutes
  /** Unix ms; may reach beyond the data. */
  readonly fromMs: number
  readonly toMs: number
}

/** What the figures of a side rest on. */
export interface SideBasis {
  /** Complete minutes with data (idle ones among them). */
  readonly minutes: number
  /** Minutes of the range that could not be used. */
  readonly missing: number
  /** The running minute lies in the range and was left out. */
  readonly partial: boolean
  /** Mean of the connected sessions over those minutes that state them; −1 where none does. */
  readonly sessions: number
}

/** −1: unknown. */
export interface ActionFigures {
  readonly busyUsPerMinute: number
  readonly countPerMinute: number
  readonly arrivedPerMinute: number
  /** Mean of a message, µs. −1 also where there was none. */
  readonly costUs: number
  readonly waitUs: number
  readonly waitMaxUs: number
}

export interface ActionRow {
  readonly action: string
  /** Per side, in the order given. */
  readonly figures: readonly ActionFigures[]
}

export interface ActionDiff {
  readonly bases: readonly SideBasis[]
  /** Every action of any side, in no stated order; see `sortRows`. */
  readonly rows: readonly ActionRow[]
  readonly totals: readonly ActionFigures[]
}

const UNKNOWN: ActionFigures = {
  busyUsPerMinute: -1,
  countPerMinute: -1,
  arrivedPerMinute: -1,
  costUs: -1,
  waitUs: -1,
  waitMaxUs: -1,
}

export function actionDiff(sides: readonly SideRange[]): ActionDiff {
  const used = sides.map(usedMinutes)
  const names = new Set<string>()
  sides.forEach(({ data }, s) => {
    const actions = data.actions.length
    data.actions.forEach((name, a) => {
      if (used[s].minutes.some((m) => data.cells.busyUs[m * actions + a] >= 0)) names.add(name)
    })
  })
  const rows = [...names].map((action) => ({
    action,
    figures: sides.map(({ data }, s) => figuresOf(data, used[s].minutes, [data.actions.indexOf(action)])),
  }))
  return {
    bases: used.map(({ basis }) => basis),
    rows,
    totals: sides.map(({ data }, s) => figuresOf(data, used[s].minutes, Array.from(data.actions.keys()))),
  }
}

function usedMinutes({ data, fromMs, toMs }: SideRange): {
  readonly minutes: readonly number[]
  readonly basis: SideBasis
} {
  const partial = partialIndex(data)
  const minutes: number[] = []
  let sessions = 0
  let stated = 0
  const from = Math.round((fromMs - data.fromMs) / MINUTE_MS)
  const to = Math.round((toMs - data.fromMs) / MINUTE_MS)
  for (let m = Math.max(0, from); m < Math.min(data.minutes, to); m++) {
    if (m === partial || (data.state[m] !== MINUTE_STATE.data && data.state[m] !== MINUTE_STATE.zero)) continue
    minutes.push(m)
    if (data.sessions[m] < 0) continue
    sessions += data.sessions[m]
    stated++
  }
  const hasPartial = partial >= Math.max(0, from) && partial < to
  return {
    minutes,
    basis: {
      minutes: minutes.length,
      missing: Math.max(0, to - from - minutes.length - (hasPartial ? 1 : 0)),
      partial: hasPartial,
      sessions: stated === 0 ? -1 : sessions / stated,
    },
  }
}

function figuresOf(data: GuildMinutes, minutes: readonly number[], chosen: readonly number[]): ActionFigures {
  const n = minutes.length
  if (n === 0) return UNKNOWN
  const actions = data.actions.length
  const { busyUs, count, arrived, waitUsTotal, waitUsMax } = data.cells
  let busy = 0
  let counted = 0
  let came = 0
  let costTop = 0
  let costBottom = 0
  let waitTop = 0
  let waitBottom = 0
  let waitMax = -1
  for (const m of minutes) {
    for (const a of chosen) {
      if (a < 0) continue
      const at = m * actions + a
      if (busyUs[at] > 0) busy += busyUs[at]
      if (count[at] > 0) counted += count[at]
      if (arrived[at] > 0) came += arrived[at]
      // Cells that state only one half of a mean must not enter it.
      if (busyUs[at] >= 0 && count[at] >= 0) {
        costTop += busyUs[at]
        costBottom += count[at]
      }
      if (waitUsTotal[at] >= 0 && count[at] >= 0) {
        waitTop += waitUsTotal[at]
        waitBottom += count[at]
      }
      waitMax = Math.max(waitMax, waitUsMax[at])
    }
  }
  const states = (measure: GuildMinutes['measures'][number]) => data.measures.includes(measure)
  return {
    busyUsPerMinute: busy / n,
    countPerMinute: states('count') ? counted / n : -1,
    arrivedPerMinute: states('arrived') ? came / n : -1,
    costUs: costBottom > 0 ? costTop / costBottom : -1,
    waitUs: waitBottom > 0 ? waitTop / waitBottom : -1,
    waitMaxUs: waitMax,
  }
}

/** Rates for every 1,000 connected sessions; means of a message stay. Unknown where the sessions are. */
export function per1000Sessions(figures: ActionFigures, basis: SideBasis): ActionFigures {
  const scale = (rate: number) => (rate < 0 || basis.sessions <= 0 ? -1 : (rate * 1_000) / basis.sessions)
  return {
    ...figures,
    busyUsPerMinute: scale(figures.busyUsPerMinute),
    countPerMinute: scale(figures.countPerMinute),
    arrivedPerMinute: scale(figures.arrivedPerMinute),
  }
}

export type RowSort = 'difference' | 'busy' | 'count' | 'cost' | 'wait' | 'name'

/**
 * `difference`: by the largest difference to the base, in any side, of the busy time a minute: what changed the process's load most
 * comes first, whichever way. Then by the count's, then by name. The others: by the largest value of any side.
 */
export function sortRows(rows: readonly ActionRow[], base: number, sort: RowSort): readonly ActionRow[] {
  const byName = (a: ActionRow, b: ActionRow) => (a.action < b.action ? -1 : a.action > b.action ? 1 : 0)
  if (sort === 'name') return [...rows].sort(byName)
  const most = (row: ActionRow, of: (figures: ActionFigures) => number) => Math.max(...row.figures.map(of))
  const change = (row: ActionRow, of: (figures: ActionFigures) => number) => {
    const from = row.figures[base] === undefined ? -1 : of(row.figures[base])
    return Math.max(0, ...row.figures.map((one) => (of(one) < 0 || from < 0 ? 0 : Math.abs(of(one) - from))))
  }
  const busy = (one: ActionFigures) => one.busyUsPerMinute
  const count = (one: ActionFigures) => one.countPerMinute
  const keys: Readonly<Record<Exclude<RowSort, 'name'>, (row: ActionRow) => readonly [number, number]>> = {
    difference: (row) => [change(row, busy), change(row, count)],
    busy: (row) => [most(row, busy), 0],
    count: (row) => [most(row, count), 0],
    cost: (row) => [most(row, (one) => one.costUs), 0],
    wait: (row) => [most(row, (one) => one.waitUs), 0],
  }
  const key = new Map(rows.map((row) => [row, keys[sort](row)]))
  const of = (row: ActionRow) => key.get(row) ?? [0, 0]
  return [...rows].sort((a, b) => of(b)[0] - of(a)[0] || of(b)[1] - of(a)[1] || byName(a, b))
}

/** How often the base a value is. `none`: of unknowns, or of two zeros. */
export type Ratio =
  | { readonly kind: 'times'; readonly times: number }
  /** There was none in the base. */
  | { readonly kind: 'new' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'none' }

export function ratioOf(base: number, value: number): Ratio {
  if (base < 0 || value < 0 || (base === 0 && value === 0)) return { kind: 'none' }
  if (base === 0) return { kind: 'new' }
  if (value === 0) return { kind: 'gone' }
  return { kind: 'times', times: value / base }
}
