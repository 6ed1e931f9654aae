/** `flame@1`: the JSON of `FlameAnswer`. */
import { ok, type Result } from '../base/result.ts'
import type { CallTree, FlameAnswer } from '../model/call-tree.ts'
import { STAGES } from '../model/stages.ts'
import { isCount, isNumber, isOptional, type Json, jsonBytes, numbersIn, recordIn, textsIn } from './json-checks.ts'
import { isRecord, type Upgrade, unreadable, upgradeChain } from './versions.ts'

export const FLAME_VERSION = 1
const UPGRADES: readonly Upgrade<Json>[] = []
const upgrade = upgradeChain('frozen flame graph', FLAME_VERSION, UPGRADES)

const NODES_MAX = 200_000

export function encodeFlame(flame: FlameAnswer): Uint8Array<ArrayBuffer> {
  return jsonBytes(flame)
}

export function decodeFlame(bytes: Uint8Array, version: number): Result<FlameAnswer> {
  const json = recordIn(bytes)
  if (json === undefined) return unreadable('frozen flame graph', 'is not a JSON object')
  const upgraded = upgrade(json, version)
  if (!upgraded.ok) return upgraded
  const flame = flameIn(upgraded.value)
  return flame === undefined ? unreadable('frozen flame graph', 'has fields that do not fit together') : ok(flame)
}

function flameIn(json: Json): FlameAnswer | undefined {
  const { traces, spans, estimatedTraces, unknownSampling } = json
  const tree = isRecord(json.tree) ? treeIn(json.tree) : undefined
  const notes = textsIn(json.notes)
  if (!tree || !notes || !isCount(traces) || !isCount(spans) || !isCount(unknownSampling)) return undefined
  if (!isOptional(estimatedTraces, isNumber)) return undefined
  return { tree, traces, spans, ...(estimatedTraces === undefined ? {} : { estimatedTraces }), unknownSampling, notes }
}

function treeIn(json: Json): CallTree | undefined {
  const { count } = json
  const names = textsIn(json.names)
  if (!isCount(count) || count < 1 || count > NODES_MAX || !names) return undefined
  const column = (value: unknown, test: (number: number) => boolean) => numbersIn(value, count, test)
  const positive = (value: number) => value >= 0
  const parent = column(json.parent, (value) => Number.isInteger(value) && value >= -1 && value < count)
  const nameId = column(json.nameId, (value) => isCount(value) && value < names.length)
  const stageId = column(json.stageId, (value) => isCount(value) && value < STAGES.length)
  const [spans, errors] = [column(json.spans, isCount), column(json.errors, isCount)]
  const [totalNs, wallNs] = [column(json.totalNs, positive), column(json.wallNs, positive)]
  const [selfNs, waitNs] = [column(json.selfNs, positive), column(json.waitNs, positive)]
  const weighted = column(json.weighted, (value) => value >= -1)
  if (!parent || !nameId || !stageId || !spans || !errors) return undefined
  if (!totalNs || !wallNs || !selfNs || !waitNs || !weighted) return undefined
  const shape = shapeOf(parent)
  if (shape === undefined) return undefined
  const columns = { parent, ...shape, nameId, stageId, spans, errors, totalNs, wallNs, selfNs, waitNs, weighted }
  return { count, ...columns, names }
}

/** Depth and subtree ends of a tree in pre-order; undefined where it is none. */
function shapeOf(parent: readonly number[]): Pick<CallTree, 'depth' | 'subtreeEnd'> | undefined {
  const depth: number[] = []
  const subtreeEnd = new Array<number>(parent.length).fill(parent.length)
  let open = -1
  for (let node = 0; node < parent.length; node++) {
    const up = parent[node]
    if ((up === -1) !== (node === 0) || up >= node) return undefined
    for (; open > up; open = parent[open]) subtreeEnd[open] = node
    if (open !== up) return undefined
    depth.push(up === -1 ? 0 : depth[up] + 1)
    open = node
  }
  return { subtreeEnd, depth }
}
