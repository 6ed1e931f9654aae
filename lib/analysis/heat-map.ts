/**
 * The matrix behind the heat map: minutes × action types of one guild, in the order in which rows are drawn.
 *
 *            10:00 10:01 10:02
 *   reaction   12    41    60      row 0 (most busy time in the range)
 *   message     9     3     0      row 1
 *   38 others   1     1     0      last row, where there are more action types than rows
 *
 * Column-major like `GuildMinutes`: cell (minute m, row r) stands at `m * rows + r`. NaN: not stated.
 */
import { type GuildMinutes, type Measure, MINUTE_MS, MINUTE_STATE } from '../model/timings.ts'

/** What the colour of a cell can mean. `share` in µs of the minute, `count` in messages, `cost` and `wait` in µs a message. */
export const HEAT_MEASURES = ['share', 'count', 'cost', 'wait'] as const
export type HeatMeasure = (typeof HEAT_MEASURES)[number]

/** Row of every action type that has no row of its own. */
export const OTHERS = -1
/** Row of an action type that this guild did not have in the range. */
export const ABSENT = -2

export interface HeatMap {
  readonly measure: HeatMeasure
  /** For `wait`: the mean over messages, or the longest where no totals are stated. */
  readonly waitKind: 'mean' | 'max'
  readonly minutes: number
  readonly rows: number
  /** Index into `actions` per row, `OTHERS` or `ABSENT`. */
  readonly rowAction: Int32Array
  /** How many action types the last row stands for; 0 when each has its own. */
  readonly others: number
  readonly values: Float64Array
  /** Sum over the range for `share` and `count`; mean (or longest) for `cost` and `wait`. NaN where nothing is stated. */
  readonly rowTotal: Float64Array
  /** Largest finite value; 0 when there is none. */
  readonly max: number
}

/** The measures that the samples of this range can answer. */
export function offeredMeasures(measures: readonly Measure[]): readonly HeatMeasure[] {
  const has = (measure: Measure) => measures.includes(measure)
  return HEAT_MEASURES.filter((measure) => {
    if (measure === 'share') return true
    if (measure === 'wait') return (has('waitUsTotal') && has('count')) || has('waitUsMax')
    return has('count')
  })
}

/** Builds the matrix with at most `maxRows` rows, ordered by busy time so that rows stay put when the measure changes. */
export function heatMap(data: GuildMinutes, measure: HeatMeasure, maxRows = 40): HeatMap {
  const actions = data.actions.length
  const order = actionsByWeight(data)
  const own = actions > maxRows ? maxRows - 1 : actions
  const rowAction = new Int32Array(Math.min(actions, maxRows)).fill(OTHERS)
  for (let r = 0; r < own; r++) rowAction[r] = order[r]
  return fillRows(data, measure, rowAction)
}

/**
 * The same with given rows, so that several guilds stand in one order: a name that this guild never had is a row without values. With
 * `others` one more row stands for every action type that is not among the names.
 */
export function heatMapOf(
  data: GuildMinutes,
  measure: HeatMeasure,
  names: readonly string[],
  others: boolean,
): HeatMap {
  const indexOf = new Map(data.actions.map((name, index) => [name, index]))
  const rowAction = Int32Array.from(names, (name) => indexOf.get(name) ?? ABSENT)
  return fillRows(data, measure, others ? Int32Array.of(...rowAction, OTHERS) : rowAction)
}

/** Of several guilds' action types the heaviest first: by the busy time a minute in the guild where it is heaviest; equal ones by name. */
export function sharedOrder(guilds: readonly GuildMinutes[]): readonly string[] {
  const heaviest = new Map<string, number>()
  for (const data of guilds) {
    const known = data.state.filter((state) => state === MINUTE_STATE.data || state === MINUTE_STATE.zero).length
    const busy = busyOfActions(data)
    data.actions.forEach((name, a) => {
      heaviest.set(name, Math.max(heaviest.get(name) ?? 0, busy[a] / Math.max(1, known)))
    })
  }
  return [...heaviest].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : a > b ? 1 : 0)).map(([name]) => name)
}

function fillRows(data: GuildMinutes, measure: HeatMeasure, rowAction: Int32Array): HeatMap {
  const actions = data.actions.length
  const rows = rowAction.length
  const waitKind = data.measures.includes('waitUsTotal') && data.measures.includes('count') ? 'mean' : 'max'
  const othersRow = rowAction.indexOf(OTHERS)
  const rowOf = new Int32Array(actions).fill(othersRow)
  rowAction.forEach((action, r) => {
    if (action >= 0) rowOf[action] = r
  })

  const numerator = new Float64Array(data.minutes * rows)
  const denominator = new Float64Array(data.minutes * rows)
  const stated = new Uint8Array(data.minutes * rows)
  const longest = measure === 'wait' && waitKind === 'max'
  const { top, bottom } = columnsOf(data, measure, waitKind)
  for (let m = 0; m < data.minutes; m++) {
    for (let a = 0; a < actions; a++) {
      if (rowOf[a] < 0) continue
      const from = m * actions + a
      const over = bottom === undefined ? 1 : bottom[from]
      if (top[from] < 0 || over < 0) continue
      const to = m * rows + rowOf[a]
      stated[to] = 1
      numerator[to] = longest ? Math.max(numerator[to], top[from]) : numerator[to] + top[from]
      denominator[to] += over
    }
  }

  const averaged = bottom !== undefined
  const values = new Float64Array(data.minutes * rows)
  const rowTotal = new Float64Array(rows)
  let max = 0
  for (let r = 0; r < rows; r++) {
    let sum = 0
    let over = 0
    let any = false
    for (let m = 0; m < data.minutes; m++) {
      const at = m * rows + r
      values[at] = stated[at] === 0 ? Number.NaN : averaged ? numerator[at] / denominator[at] : numerator[at]
      if (values[at] > max) max = values[at]
      if (stated[at] === 0) continue
      any = true
      sum = longest ? Math.max(sum, numerator[at]) : sum + numerator[at]
      over += denominator[at]
    }
    rowTotal[r] = !any ? Number.NaN : averaged ? sum / over : sum
  }
  return {
    measure,
    waitKind,
    minutes: data.minutes,
    rows,
    rowAction,
    others: othersRow < 0 ? 0 : rowOf.filter((row) => row === othersRow).length,
    values,
    rowTotal,
    max,
  }
}

/** Action indices, most busy time first; equal ones by name. */
function actionsByWeight(data: GuildMinutes): readonly number[] {
  const busy = busyOfActions(data)
  return Array.from(busy.keys()).sort(
    (a, b) => busy[b] - busy[a] || (data.actions[a] < data.actions[b] ? -1 : data.actions[a] > data.actions[b] ? 1 : 0),
  )
}

function busyOfActions(data: GuildMinutes): Float64Array {
  const actions = data.actions.length
  const busy = new Float64Array(actions)
  for (let at = 0; at < data.minutes * actions; at++) {
    if (data.cells.busyUs[at] > 0) busy[at % actions] += data.cells.busyUs[at]
  }
  return busy
}

function columnsOf(
  data: GuildMinutes,
  measure: HeatMeasure,
  waitKind: 'mean' | 'max',
): { readonly top: readonly number[]; readonly bottom?: readonly number[] } {
  const { busyUs, count, waitUsTotal, waitUsMax } = data.cells
  switch (measure) {
    case 'share':
      return { top: busyUs }
    case 'count':
      return { top: count }
    case 'cost':
      return { top: busyUs, bottom: count }
    case 'wait':
      return waitKind === 'mean' ? { top: waitUsTotal, bottom: count } : { top: waitUsMax }
  }
}

/** Everything one cell (or one minute, with `action` undefined) can say. −1: not stated. */
export interface CellFacts {
  readonly busyUs: number
  readonly count: number
  readonly arrived: number
  /** Mean cost and mean wait of a message, µs. */
  readonly costUs: number
  readonly waitMeanUs: number
  readonly waitMaxUs: number
  readonly depth: number
  readonly state: number
  readonly partial: boolean
  readonly held: boolean
  /** One minute that itself has clearly more than 60 s, on one node: booked when the work ended. */
  readonly overbooked: boolean
}

/** A full minute's actions, each rounded, add up to 60.0004 s: that is a full minute, not an overbooked one. */
const OVERBOOKED_US = 60_500_000

/** Facts of minutes [from, to), of the given actions or of all. Sums are sums over the range, maxima maxima. */
export function cellFacts(data: GuildMinutes, from: number, to: number, chosen?: readonly number[]): CellFacts {
  const actions = data.actions.length
  const list = chosen ?? data.actions.map((_, index) => index)
  const sum = (column: readonly number[]) => fold(column, (a, b) => a + b)
  const most = (column: readonly number[]) => fold(column, Math.max)
  function fold(column: readonly number[], join: (a: number, b: number) => number): number {
    let value = -1
    for (let m = from; m < to; m++) {
      for (const a of list) {
        const x = column[m * actions + a]
        if (x >= 0) value = value < 0 ? x : join(value, x)
      }
    }
    return value
  }
  // Cells that state only one of the two must not enter a mean: their half would be without its other.
  const mean = (top: readonly number[], bottom: readonly number[]): number => {
    let [over, under] = [0, 0]
    for (let m = from; m < to; m++) {
      for (const a of list) {
        const at = m * actions + a
        if (top[at] < 0 || bottom[at] < 0) continue
        over += top[at]
        under += bottom[at]
      }
    }
    return under > 0 ? over / under : -1
  }
  const { busyUs, count, waitUsTotal } = data.cells
  const busy = sum(busyUs)
  return {
    busyUs: busy,
    count: sum(count),
    arrived: sum(data.cells.arrived),
    costUs: mean(busyUs, count),
    waitMeanUs: mean(waitUsTotal, count),
    waitMaxUs: most(data.cells.waitUsMax),
    depth: most(data.cells.mailboxDepthMax),
    state: data.state[from] ?? MINUTE_STATE.none,
    partial: data.partialMinuteMs !== undefined && partialIndex(data) >= from && partialIndex(data) < to,
    held: data.held[from] === 1,
    overbooked: to - from === 1 && busy > OVERBOOKED_US && data.overbooked.includes(from),
  }
}

/** Action indices that a row stands for. */
export function actionsOfRow(data: GuildMinutes, map: HeatMap, row: number): readonly number[] {
  const action = map.rowAction[row]
  if (action !== OTHERS) return action === ABSENT ? [] : [action]
  const own = new Set(map.rowAction)
  return data.actions.map((_, index) => index).filter((index) => !own.has(index))
}

/** Index of the running minute, −1 where it is not in the range. */
export function partialIndex(data: GuildMinutes): number {
  if (data.partialMinuteMs === undefined) return -1
  const index = Math.round((data.partialMinuteMs - data.fromMs) / MINUTE_MS)
  return index >= 0 && index < data.minutes ? index : -1
}

/** Share of a minute that has run so far, in (0, 1]. */
export function elapsedShare(data: GuildMinutes, minute: number): number {
  if (minute !== partialIndex(data) || data.partialMinuteMs === undefined) return 1
  return Math.min(1, Math.max(0.01, (data.nowMs - data.partialMinuteMs) / MINUTE_MS))
}
