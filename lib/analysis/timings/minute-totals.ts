import { Interner } from '../../base/interner.ts'
import { type Histogram, mergeHistograms } from './histogram.ts'
import type { SampleRows } from './sample-rows.ts'

/** Guilds named per action and minute as its largest contributors. */
const TOP_GUILDS = 20
/** Guilds and actions of one minute beyond this are left out: a sender can name as many as it likes. */
export const MAX_GUILDS = 20_000
const MAX_ACTIONS = 5_000
/** Action types remembered per guild and minute. */
const MAX_GUILD_ACTIONS = 200
const MAX_ACTION_SETS = 10_000

/** One guild in one minute, over its nodes and actions; −1: not stated. */
export interface GuildMinute {
  readonly guild: number
  busyUs: number
  count: number
  waitUsTotal: number
  /** Messages the wait total stands for. */
  waited: number
  waitUsMax: number
  arrived: number
  depthMax: number
  sessions: number
  node: number
  nodeBusy: number
  histogram: Histogram | undefined
  /** Shared between all guild minutes with the same ones: a set each would take more memory than all the rest. */
  actions: readonly number[]
}

/** One action type in one minute, over the fleet. */
export interface ActionMinute {
  count: number
  arrived: number
  busyUs: number
  /** Contributions by guild, most arrivals (else messages, else busy time) first, at most `TOP_GUILDS`. */
  top: { guild: number; weight: number }[]
}

/** Everything the fleet needs to know of one minute. Immutable once made; made anew when samples for the minute arrive. */
export interface MinuteTotals {
  readonly guilds: ReadonlyMap<number, GuildMinute>
  readonly actions: ReadonlyMap<number, ActionMinute>
}

export const EMPTY_MINUTE: MinuteTotals = { guilds: new Map(), actions: new Map() }

/** Names that totals of several minutes share. */
export class FleetNames {
  readonly guilds = new Interner()
  readonly nodes = new Interner()
  readonly actions = new Interner()
  readonly guildNames = new Map<string, string>()
  readonly #actionSets = new Map<string, readonly number[]>()

  /** The one array for a set of actions. */
  actionSet(ids: Iterable<number>): readonly number[] {
    const sorted = [...ids].sort((a, b) => a - b)
    const key = sorted.join()
    const known = this.#actionSets.get(key)
    if (known !== undefined) return known
    if (this.#actionSets.size > MAX_ACTION_SETS) this.#actionSets.clear()
    this.#actionSets.set(key, sorted)
    return sorted
  }
}

/** Adds up samples per minute. `rows` hold each sample once. */
export function minuteTotals(rows: SampleRows, names: FleetNames): Map<number, MinuteTotals> {
  const minutes = new Map<number, { guilds: Map<number, GuildMinute>; actions: Map<number, ActionMinute> }>()
  const actionsOf = new Map<GuildMinute, Set<number>>()
  const guildIds = rows.guilds.strings.map((text) => names.guilds.id(text))
  const nodeIds = rows.nodes.strings.map((text) => names.nodes.id(text))
  const actionIds = rows.actions.strings.map((text) => names.actions.id(text))
  for (const [guild, name] of rows.guildNames) names.guildNames.set(guild, name)
  const [busyUs, count, waitUsTotal, waitUsMax, arrived, depthMax, sessions] = rows.values
  for (let i = 0; i < rows.count; i++) {
    let minute = minutes.get(rows.minute[i])
    if (minute === undefined) {
      minute = { guilds: new Map(), actions: new Map() }
      minutes.set(rows.minute[i], minute)
    }
    const guildId = guildIds[rows.guild[i]]
    const actionId = actionIds[rows.action[i]]
    let guild = minute.guilds.get(guildId)
    if (guild === undefined) {
      if (minute.guilds.size >= MAX_GUILDS) continue
      guild = emptyGuild(guildId)
      minute.guilds.set(guildId, guild)
    }
    guild.busyUs += Math.max(0, busyUs[i])
    guild.count = plus(guild.count, count[i])
    guild.arrived = plus(guild.arrived, arrived[i])
    guild.waitUsMax = Math.max(guild.waitUsMax, waitUsMax[i])
    guild.depthMax = Math.max(guild.depthMax, depthMax[i])
    guild.sessions = Math.max(guild.sessions, sessions[i])
    if (waitUsTotal[i] >= 0 && count[i] >= 0) {
      guild.waitUsTotal = plus(guild.waitUsTotal, waitUsTotal[i])
      guild.waited += count[i]
    }
    if (busyUs[i] > guild.nodeBusy) {
      guild.nodeBusy = busyUs[i]
      guild.node = nodeIds[rows.node[i]]
    }
    noteAction(actionsOf, guild, actionId)
    const histogram = rows.histograms.get(i)
    if (histogram !== undefined) guild.histogram = mergeHistograms(guild.histogram, histogram)
    let action = minute.actions.get(actionId)
    if (action === undefined) {
      if (minute.actions.size >= MAX_ACTIONS) continue
      action = { count: -1, arrived: -1, busyUs: 0, top: [] }
      minute.actions.set(actionId, action)
    }
    action.count = plus(action.count, count[i])
    action.arrived = plus(action.arrived, arrived[i])
    action.busyUs += Math.max(0, busyUs[i])
    addTop(action.top, guildId, arrived[i] >= 0 ? arrived[i] : count[i] >= 0 ? count[i] : busyUs[i])
  }
  for (const [guild, actions] of actionsOf) guild.actions = names.actionSet(actions)
  for (const minute of minutes.values())
    for (const action of minute.actions.values())
      action.top = action.top.sort((a, b) => b.weight - a.weight).slice(0, TOP_GUILDS)
  return minutes
}

function noteAction(actionsOf: Map<GuildMinute, Set<number>>, guild: GuildMinute, action: number): void {
  const actions = actionsOf.get(guild)
  if (actions === undefined) actionsOf.set(guild, new Set([action]))
  else if (actions.size < MAX_GUILD_ACTIONS) actions.add(action)
}

function emptyGuild(guild: number): GuildMinute {
  return {
    guild,
    busyUs: 0,
    count: -1,
    waitUsTotal: -1,
    waited: 0,
    waitUsMax: -1,
    arrived: -1,
    depthMax: -1,
    sessions: -1,
    node: 0,
    nodeBusy: -1,
    histogram: undefined,
    actions: [],
  }
}

function plus(sum: number, value: number): number {
  return value < 0 ? sum : sum < 0 ? value : sum + value
}

/** Keeps some more than needed, so that a guild on several nodes is seldom lost. */
function addTop(top: { guild: number; weight: number }[], guild: number, weight: number): void {
  const known = top.find((entry) => entry.guild === guild)
  if (known !== undefined) known.weight += weight
  else if (top.length < TOP_GUILDS * 2) top.push({ guild, weight })
  else {
    let least = 0
    for (let i = 1; i < top.length; i++) if (top[i].weight < top[least].weight) least = i
    if (top[least].weight < weight) top[least] = { guild, weight }
  }
}
