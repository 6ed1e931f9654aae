/** `minutes@1`: the JSON of `GuildMinutes`. */
import { ok, type Result } from '../base/result.ts'
import { type GuildMinutes, MEASURES, type Measure, MINUTE_MS, MINUTE_STATE } from '../model/timings.ts'
import {
  isCount,
  isOptional,
  isText,
  isTime,
  type Json,
  jsonBytes,
  numbersIn,
  recordIn,
  textsIn,
} from './json-checks.ts'
import { type Upgrade, unreadable, upgradeChain } from './versions.ts'

export const MINUTES_VERSION = 1
const UPGRADES: readonly Upgrade<Json>[] = []
const upgrade = upgradeChain('frozen minutes', MINUTES_VERSION, UPGRADES)

/** 31 days and some: the longest range that can be asked for. */
export const MINUTES_MAX = 50_000
const ACTIONS_MAX = 10_000
const STATES: readonly number[] = Object.values(MINUTE_STATE)

export function encodeMinutes(minutes: GuildMinutes): Uint8Array<ArrayBuffer> {
  return jsonBytes(minutes)
}

export function decodeMinutes(bytes: Uint8Array, version: number): Result<GuildMinutes> {
  const json = recordIn(bytes)
  if (json === undefined) return unreadable('frozen minutes', 'is not a JSON object')
  const upgraded = upgrade(json, version)
  if (!upgraded.ok) return upgraded
  const minutes = minutesIn(upgraded.value)
  return minutes === undefined ? unreadable('frozen minutes', 'has fields that do not fit together') : ok(minutes)
}

function minutesIn(json: Json): GuildMinutes | undefined {
  const { guildId, guildName, fromMs, minutes, nowMs, retainedFromMs, heldUntilMs, partialMinuteMs } = json
  if (!isText(guildId) || !isOptional(guildName, isText)) return undefined
  if (!isTime(fromMs) || fromMs % MINUTE_MS !== 0 || !isCount(minutes) || minutes > MINUTES_MAX) return undefined
  if (!isTime(nowMs) || !isOptional(retainedFromMs, isTime) || !isOptional(heldUntilMs, isTime)) return undefined
  if (!isOptional(partialMinuteMs, isTime)) return undefined
  const actions = textsIn(json.actions, ACTIONS_MAX)
  const nodes = textsIn(json.nodes)
  const notes = textsIn(json.notes)
  const measures = textsIn(json.measures)
  if (!actions || !nodes || !notes || !measures) return undefined
  const cells = cellsIn(json.cells, minutes * actions.length)
  const state = numbersIn(json.state, minutes, (value) => STATES.includes(value))
  const held = numbersIn(json.held, minutes, (value) => value === 0 || value === 1)
  const perMinute = (value: unknown) => numbersIn(value, minutes, isStated)
  const [sessions, waitP50Us, waitP99Us] = [json.sessions, json.waitP50Us, json.waitP99Us].map(perMinute)
  if (!cells || !state || !held || !sessions || !waitP50Us || !waitP99Us) return undefined
  const over = Array.isArray(json.overbooked) ? json.overbooked.length : -1
  const overbooked = numbersIn(json.overbooked, over, (value) => isCount(value) && value < minutes)
  if (!overbooked) return undefined
  return {
    guildId,
    ...(guildName === undefined ? {} : { guildName }),
    ...{ fromMs, minutes, actions, nodes },
    measures: MEASURES.filter((measure) => measures.includes(measure)),
    ...{ cells, state, held, sessions, waitP50Us, waitP99Us, overbooked },
    ...(retainedFromMs === undefined ? {} : { retainedFromMs }),
    ...(heldUntilMs === undefined ? {} : { heldUntilMs }),
    ...(partialMinuteMs === undefined ? {} : { partialMinuteMs }),
    ...{ nowMs, notes },
  }
}

/** −1: not stated. */
function isStated(value: number): boolean {
  return value >= 0 || value === -1
}

function cellsIn(value: unknown, length: number): Readonly<Record<Measure, readonly number[]>> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const found = new Map(Object.entries(value))
  const [busyUs, count, waitUsTotal, waitUsMax, arrived, mailboxDepthMax] = MEASURES.map((measure) =>
    numbersIn(found.get(measure), length, isStated),
  )
  if (!busyUs || !count || !waitUsTotal || !waitUsMax || !arrived || !mailboxDepthMax) return undefined
  return { busyUs, count, waitUsTotal, waitUsMax, arrived, mailboxDepthMax }
}
