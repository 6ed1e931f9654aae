/**
 * Did it work? The same numbers for equal lengths before and after a moment.
 *
 *   minutes   09:58 09:59 | 10:00 | 10:01 10:02        a marker at 10:00:20 with 2 minutes
 *             before        neither  after
 *
 * The minute in which the moment lies belongs to neither side: part of it was before. Minutes that are running, rotated away,
 * unknown, silent or yet to come are left out and counted as left out; nothing is put in their place. Unknown is NaN, never 0.
 *
 * Intervals (95 %) come from the scatter of the minutes, since messages come in bursts and a Poisson count alone would be far too
 * sure of itself; for counts the Poisson variance is the least that is assumed. Log of a ratio of means, delta method; for means over
 * messages (cost, wait) the linearised variance of a ratio estimator (Cochran, Sampling Techniques, 3rd ed., eq. 6.13).
 */
import { type GuildMinutes, type Measure, MINUTE_MS, MINUTE_STATE } from '../model/timings.ts'
import { partialIndex } from './heat-map.ts'

export const COMPARED = ['arrived', 'count', 'cost', 'wait', 'busy'] as const
/** `arrived`, `count` in messages a minute; `cost`, `wait` in µs a message; `busy` in µs a minute. */
export type Compared = (typeof COMPARED)[number]

/** Minutes on each side from which on their scatter says anything. */
const SCATTER_MINUTES = 3

export interface Figure {
  /** NaN: not stated in any of the minutes. */
  readonly value: number
  /** Minutes it rests on. */
  readonly minutes: number
  /** Messages it rests on; NaN where it rests on minutes alone. */
  readonly n: number
}

export interface Change {
  readonly kind: Compared
  readonly before: Figure
  readonly after: Figure
  /** after ÷ before; NaN where either is unknown or before is 0. */
  readonly ratio: number
  /** 95 % interval of the ratio, where there are minutes enough to tell. */
  readonly interval: readonly [low: number, high: number] | undefined
}

export interface Stretch {
  readonly fromMs: number
  readonly toMs: number
  /** Minutes that count. */
  readonly used: number
  /** Why others do not: `2 min rotated away`. */
  readonly leftOut: readonly string[]
  /** Of the minutes that count: work in them that belongs to earlier ones. */
  readonly remarks: readonly string[]
}

export interface BeforeAfter {
  readonly before: Stretch
  readonly after: Stretch
  /** One per `COMPARED`. */
  readonly total: readonly Change[]
  /** Most changed busy time first. */
  readonly actions: readonly { readonly action: string; readonly changes: readonly Change[] }[]
}

/** What must be asked for: `length` minutes on each side of `atMs`. */
export function comparedRange(atMs: number, length: number): { readonly fromMs: number; readonly toMs: number } {
  const edge = Math.floor(atMs / MINUTE_MS) * MINUTE_MS
  const resume = Math.ceil(atMs / MINUTE_MS) * MINUTE_MS
  return { fromMs: edge - length * MINUTE_MS, toMs: resume + length * MINUTE_MS }
}

/** `data` may hold more or less than is compared; what it does not hold is left out and said. */
export function beforeAfter(data: GuildMinutes, atMs: number, length: number): BeforeAfter {
  const { fromMs, toMs } = comparedRange(atMs, length)
  const before = stretch(data, fromMs, fromMs + length * MINUTE_MS)
  const after = stretch(data, toMs - length * MINUTE_MS, toMs)
  const all = data.actions.map((_, index) => index)
  const changesOf = (actions: readonly number[]) =>
    COMPARED.map((kind) => change(kind, series(data, before, actions, kind), series(data, after, actions, kind)))
  const actions = all
    .map((index) => ({ action: data.actions[index], changes: changesOf([index]) }))
    .filter(({ changes }) => changes.some(({ before, after }) => before.value > 0 || after.value > 0))
    .sort((a, b) => moved(b.changes) - moved(a.changes))
  return {
    before: said(before, data),
    after: said(after, data),
    total: changesOf(all),
    actions,
  }
}

function moved(changes: readonly Change[]): number {
  const busy = changes.find(({ kind }) => kind === 'busy')
  if (busy === undefined) return 0
  return Math.abs((busy.after.value || 0) - (busy.before.value || 0))
}

interface Minutes {
  readonly fromMs: number
  readonly toMs: number
  /** Indices into the data. */
  readonly used: readonly number[]
  readonly leftOut: readonly string[]
}

const WHY: Readonly<Record<number, string>> = {
  [MINUTE_STATE.none]: 'without data',
  [MINUTE_STATE.silent]: 'silent: nothing was reported after load',
  [MINUTE_STATE.rotated]: 'rotated away',
  [MINUTE_STATE.future]: 'yet to come',
}

function stretch(data: GuildMinutes, fromMs: number, toMs: number): Minutes {
  const used: number[] = []
  const out = new Map<string, number>()
  const partial = partialIndex(data)
  for (let ms = fromMs; ms < toMs; ms += MINUTE_MS) {
    const m = Math.round((ms - data.fromMs) / MINUTE_MS)
    const state = data.state[m]
    const why = m < 0 || m >= data.minutes ? 'not in the evidence' : m === partial ? 'still running' : WHY[state]
    if (why === undefined) used.push(m)
    else out.set(why, (out.get(why) ?? 0) + 1)
  }
  return { fromMs, toMs, used, leftOut: [...out].map(([why, count]) => `${count} min ${why}`) }
}

function said({ fromMs, toMs, used, leftOut }: Minutes, data: GuildMinutes): Stretch {
  const booked = used.filter((m) => data.overbooked.includes(m)).length
  const remark = booked === 0 ? [] : [`${booked} min hold work booked when it ended`]
  return { fromMs, toMs, used: used.length, leftOut, remarks: remark }
}

/** Per minute: what is added up, and the messages it stands for. */
interface Series {
  readonly top: readonly number[]
  /** Undefined: a mean over minutes; else over these. */
  readonly over: readonly number[] | undefined
}

function series(data: GuildMinutes, minutes: Minutes, actions: readonly number[], kind: Compared): Series {
  const [column, divisor]: readonly [Measure, Measure | undefined] =
    kind === 'arrived'
      ? ['arrived', undefined]
      : kind === 'count'
        ? ['count', undefined]
        : kind === 'busy'
          ? ['busyUs', undefined]
          : kind === 'cost'
            ? ['busyUs', 'count']
            : ['waitUsTotal', 'count']
  const top: number[] = []
  const over: number[] = []
  for (const m of minutes.used) {
    let sum = Number.NaN
    let messages = 0
    for (const a of actions) {
      const at = m * data.actions.length + a
      const value = data.cells[column][at]
      const by = divisor === undefined ? 1 : data.cells[divisor][at]
      if (value < 0 || by < 0) continue
      sum = (sum || 0) + value
      messages += by
    }
    if (Number.isNaN(sum) && divisor === undefined && isNothing(data, m, actions, column)) sum = 0
    if (Number.isNaN(sum)) continue
    top.push(sum)
    over.push(messages)
  }
  return { top, over: divisor === undefined ? undefined : over }
}

/**
 * The guild reported in this minute (or before and after it) and booked nothing for these actions: 0, where the measure is stated at all.
 * Arrivals at a guild that reported nothing are unknown: it may have been at one long action.
 */
function isNothing(data: GuildMinutes, m: number, actions: readonly number[], column: Measure): boolean {
  if (data.state[m] === MINUTE_STATE.zero) return column !== 'arrived' && data.measures.includes(column)
  const width = data.actions.length
  const silent = actions.every((a) => data.cells.busyUs[m * width + a] < 0 && data.cells.count[m * width + a] < 0)
  return silent && actions.some((a) => states(data, a, column))
}

function states(data: GuildMinutes, action: number, column: Measure): boolean {
  for (let at = action; at < data.cells[column].length; at += data.actions.length) {
    if (data.cells[column][at] >= 0) return true
  }
  return false
}

function change(kind: Compared, before: Series, after: Series): Change {
  const [b, a] = [figure(kind, before), figure(kind, after)]
  const ratio = b.value > 0 ? a.value / b.value : Number.NaN
  return { kind, before: b, after: a, ratio, interval: interval(kind, before, after, ratio) }
}

function figure(kind: Compared, { top, over }: Series): Figure {
  const sum = total(top)
  const n = over === undefined ? (kind === 'busy' ? Number.NaN : sum) : total(over)
  const by = over === undefined ? top.length : n
  return {
    value: top.length === 0 || by === 0 ? Number.NaN : sum / by,
    minutes: top.length,
    n: top.length === 0 ? Number.NaN : n,
  }
}

function interval(kind: Compared, before: Series, after: Series, ratio: number): Change['interval'] {
  const least = Math.min(before.top.length, after.top.length)
  if (!(ratio > 0) || least < SCATTER_MINUTES) return undefined
  const spread = Math.sqrt(relativeVariance(kind, before) + relativeVariance(kind, after))
  if (!Number.isFinite(spread)) return undefined
  const factor = Math.exp(student95(least - 1) * spread)
  return [ratio / factor, ratio * factor]
}

/** Variance of the mean ÷ its square. */
function relativeVariance(kind: Compared, { top, over }: Series): number {
  const n = top.length
  const sum = total(top)
  if (sum <= 0) return Number.NaN
  const mean = over === undefined ? sum / n : sum / total(over)
  let squares = 0
  for (let i = 0; i < n; i++) squares += (top[i] - mean * (over === undefined ? 1 : over[i])) ** 2
  const scatter = ((n / (n - 1)) * squares) / sum ** 2
  return kind === 'arrived' || kind === 'count' ? Math.max(scatter, 1 / sum) : scatter
}

function total(values: readonly number[]): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}

const STUDENT = [12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228] as const

/** Two-sided 95 % quantile of Student's t; beyond the table a little more than it is. */
function student95(freedom: number): number {
  if (freedom <= STUDENT.length) return STUDENT[Math.max(0, freedom - 1)]
  return freedom <= 15 ? 2.228 : freedom <= 30 ? 2.131 : 2.042
}
