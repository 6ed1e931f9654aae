import { type GuildMinutes, MEASURES, MINUTE_MS, MINUTE_STATE } from '../../model/timings.ts'
import { type Histogram, medianAtLeastUs, mergeHistograms, quantileUs } from './histogram.ts'
import type { SampleRows } from './sample-rows.ts'

/** Action types with a row of their own; the rest is added up under `OTHER_ACTIONS`. */
export const MAX_ACTIONS = 400
export const OTHER_ACTIONS = '(other actions)'

/** What is known about a guild beside its samples in the range. */
export interface GuildContext {
  /** Minutes before this are gone, but held ones; Unix minutes. Absent: the source does not say. */
  readonly retainedFrom?: number
  /** Held minutes: [from, to), Unix minutes. */
  readonly heldFrom?: number
  readonly heldTo?: number
  readonly heldUntilMs?: number
  /** First and last minute with a sample that is still kept. */
  readonly first?: number
  readonly last?: number
  /** The guild fell silent after load: first minute without a sample. */
  readonly silentFrom?: number
  readonly guildName?: string
  readonly nowMs: number
}

/** Whether a minute may be shown: inside the retention, or held. */
export function isKept(minute: number, context: GuildContext): boolean {
  return minute >= (context.retainedFrom ?? 0) || isHeld(minute, context)
}

function isHeld(minute: number, context: GuildContext): boolean {
  return context.heldFrom !== undefined && minute >= context.heldFrom && minute < (context.heldTo ?? 0)
}

/** What `rows` hold of one guild as minutes × actions over [from, to) Unix minutes. */
export function guildMinutes(
  guildId: string,
  rows: SampleRows,
  from: number,
  to: number,
  context: GuildContext,
  notes: readonly string[],
): GuildMinutes {
  const minutes = Math.max(0, to - from)
  const kept: number[] = []
  const guild = rows.guilds.find(guildId)
  for (let i = 0; i < rows.count; i++) {
    const minute = rows.minute[i]
    if (rows.guild[i] === guild && minute >= from && minute < to && isKept(minute, context)) kept.push(i)
  }
  const { actions, indexOf } = pickActions(rows, kept)
  const cells = {
    busyUs: cellsOf(minutes, actions.length),
    count: cellsOf(minutes, actions.length),
    waitUsTotal: cellsOf(minutes, actions.length),
    waitUsMax: cellsOf(minutes, actions.length),
    arrived: cellsOf(minutes, actions.length),
    mailboxDepthMax: cellsOf(minutes, actions.length),
  }
  const places = kept.map((i) => (rows.minute[i] - from) * actions.length + indexOf(rows.action[i]))
  // One measure after the other: six hours of forty action types are 86,400 values.
  const stated = MEASURES.filter((measure, column) => {
    const isMax = measure === 'waitUsMax' || measure === 'mailboxDepthMax'
    return fill(cells[measure], rows.values[column], kept, places, isMax)
  })
  const sessions = new Array<number>(minutes).fill(-1)
  const hasData = new Uint8Array(minutes)
  const histograms: (Histogram | undefined)[] = new Array(minutes).fill(undefined)
  const nodes = new Set<number>()
  const busyOfNode = new Map<number, number>()
  for (const i of kept) {
    const m = rows.minute[i] - from
    hasData[m] = 1
    nodes.add(rows.node[i])
    const key = rows.node[i] * minutes + m
    busyOfNode.set(key, (busyOfNode.get(key) ?? 0) + Math.max(0, rows.values[0][i]))
    sessions[m] = Math.max(sessions[m], rows.values[6][i])
    if (rows.histograms.size === 0) continue
    const histogram = rows.histograms.get(i)
    if (histogram !== undefined) histograms[m] = mergeHistograms(histograms[m], histogram)
  }
  const overbooked = new Set<number>()
  for (const [key, busy] of busyOfNode) if (busy > 60_000_000) overbooked.add(key % minutes)
  const current = Math.floor(context.nowMs / MINUTE_MS)
  const state: number[] = []
  const held: number[] = []
  for (let m = 0; m < minutes; m++) {
    state.push(stateOf(from + m, hasData[m] === 1, current, context))
    held.push(from + m < (context.retainedFrom ?? 0) && isHeld(from + m, context) ? 1 : 0)
  }
  const beyond = histograms.filter((each) => each !== undefined && medianAtLeastUs(each) >= 0).length
  const name = rows.guildNames.get(guildId) ?? context.guildName
  return {
    guildId,
    ...(name === undefined ? {} : { guildName: name }),
    fromMs: from * MINUTE_MS,
    minutes,
    actions,
    nodes: [...nodes].map((id) => rows.nodes.strings[id]).sort(),
    measures: stated,
    cells,
    state,
    held,
    sessions,
    waitP50Us: histograms.map((each) => (each === undefined ? -1 : quantileUs(each, 0.5))),
    waitP99Us: histograms.map((each) => (each === undefined ? -1 : quantileUs(each, 0.99))),
    overbooked: [...overbooked].sort((a, b) => a - b),
    ...(context.retainedFrom === undefined ? {} : { retainedFromMs: context.retainedFrom * MINUTE_MS }),
    ...(context.heldUntilMs === undefined ? {} : { heldUntilMs: context.heldUntilMs }),
    ...(current >= from && current < to ? { partialMinuteMs: current * MINUTE_MS } : {}),
    nowMs: context.nowMs,
    notes: beyond === 0 ? notes : [...notes, beyondWords(beyond)],
  }
}

function beyondWords(minutes: number): string {
  return `In ${minutes === 1 ? 'one minute' : `${minutes} minutes`} most waits lie above the highest bound of the wait histograms: no median is known there.`
}

function stateOf(minute: number, hasData: boolean, current: number, context: GuildContext): number {
  if (minute > current) return MINUTE_STATE.future
  if (!isKept(minute, context)) return MINUTE_STATE.rotated
  if (hasData) return MINUTE_STATE.data
  if (context.silentFrom !== undefined && minute >= context.silentFrom) return MINUTE_STATE.silent
  if (context.first !== undefined && context.last !== undefined && minute > context.first && minute < context.last)
    return MINUTE_STATE.zero
  return MINUTE_STATE.none
}

/** Adds a column's values up in their cells (or keeps the largest); whether any is stated. */
function fill(
  cells: number[],
  values: ArrayLike<number>,
  kept: readonly number[],
  places: readonly number[],
  isMax: boolean,
): boolean {
  let stated = false
  for (let k = 0; k < kept.length; k++) {
    const value = values[kept[k]]
    if (value < 0) continue
    stated = true
    const before = cells[places[k]]
    cells[places[k]] = before < 0 ? value : isMax ? Math.max(before, value) : before + value
  }
  return stated
}

function cellsOf(minutes: number, actions: number): number[] {
  return new Array<number>(minutes * actions).fill(-1)
}

/** The busiest actions get a row; beyond `MAX_ACTIONS` the rest shares one. */
function pickActions(
  rows: SampleRows,
  kept: readonly number[],
): { actions: string[]; indexOf: (action: number) => number } {
  const busy = new Map<number, number>()
  for (const i of kept) busy.set(rows.action[i], (busy.get(rows.action[i]) ?? 0) + Math.max(0, rows.values[0][i]))
  const byWeight = [...busy].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([action]) => action)
  const own = byWeight.length > MAX_ACTIONS ? byWeight.slice(0, MAX_ACTIONS - 1) : byWeight
  const index = new Map(own.map((action, i) => [action, i]))
  const actions = own.map((action) => rows.actions.strings[action])
  if (own.length < byWeight.length) actions.push(OTHER_ACTIONS)
  return { actions, indexOf: (action) => index.get(action) ?? own.length }
}
