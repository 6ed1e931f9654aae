import type { Result } from '../base/result.ts'
import { type AttributeMapping, DEFAULT_MAPPING } from '../model/span-batch.ts'
import type { DetailColumns } from './detail-columns.ts'
import type { Manifest, PieceRef } from './manifest.ts'
import { openPiece } from './pieces.ts'
import type { PieceSource } from './reader.ts'
import { FIELD_WORDS, fieldsFedBy, proposal } from './redaction-fields.ts'
import { textOf } from './text-table.ts'

/** An attribute key as the evidence has it. */
export interface KeyUse {
  readonly key: string
  /** How often it stands there: once per span, event, link, resource or scope. */
  readonly count: number
  /** A few values, shortened. */
  readonly examples: readonly string[]
  readonly proposed: boolean
  /** `names a user`, `is the node`; why it is proposed, and which column goes with it. */
  readonly why: readonly string[]
}

const EXAMPLES = 3
const EXAMPLE_LENGTH = 80

interface Found {
  count: number
  readonly examples: Set<string>
}

/** All keys of the evidence, proposed ones first, then the most frequent. Pieces that cannot be read are named in `damaged`. */
export async function attributeKeysOf(
  manifest: Manifest,
  pieces: PieceSource,
  mapping: AttributeMapping = DEFAULT_MAPPING,
): Promise<{ readonly keys: readonly KeyUse[]; readonly damaged: readonly string[] }> {
  const found = new Map<string, Found>()
  const damaged: string[] = []
  for (const { piece } of manifest.traces) {
    const details = await detailsOfPiece(piece, pieces)
    if (details.ok) countKeys(details.value, found)
    else damaged.push(details.failure.what)
  }
  const nodes = new Set<string>()
  const actions = new Set<string>()
  for (const { piece } of manifest.minutes) {
    const bytes = await pieces(piece)
    const minutes = bytes.ok ? openPiece.minutes(piece, bytes.value) : bytes
    if (!minutes.ok) {
      damaged.push(minutes.failure.what)
      continue
    }
    for (const node of minutes.value.nodes) nodes.add(node)
    for (const action of minutes.value.actions) actions.add(action)
  }
  // Timings speak of nodes and actions without any attribute.
  const inTimings = (keys: readonly string[], values: ReadonlySet<string>) => {
    if (values.size > 0 && !keys.some((key) => found.has(key)))
      found.set(keys[0], { count: values.size, examples: new Set([...values].slice(0, EXAMPLES)) })
  }
  inTimings(mapping.node, nodes)
  inTimings(mapping.action, actions)
  const keys = [...found].map(([key, { count, examples }]): KeyUse => {
    const proposed = proposal(key, mapping)
    return {
      key,
      count,
      examples: [...examples],
      proposed: proposed !== undefined,
      why: [
        ...(proposed === undefined ? [] : [proposed]),
        ...fieldsFedBy(key, mapping).map((field) => FIELD_WORDS[field]),
      ],
    }
  })
  keys.sort((a, b) => Number(b.proposed) - Number(a.proposed) || b.count - a.count || (a.key < b.key ? -1 : 1))
  return { keys, damaged }
}

async function detailsOfPiece(piece: PieceRef, pieces: PieceSource): Promise<Result<DetailColumns>> {
  const bytes = await pieces(piece)
  if (!bytes.ok) return bytes
  const opened = openPiece.trace(piece, bytes.value)
  return opened.ok ? opened.value.details() : opened
}

function countKeys({ lists, texts }: DetailColumns, found: Map<string, Found>): void {
  const uses = lists.shapes.map(({ keys }) => Array.from(keys, (key) => useOf(found, textOf(texts, key))))
  for (let l = 0; l < lists.shapeOf.length; l++) {
    const shape = uses[lists.shapeOf[l]]
    for (let k = 0; k < shape.length; k++) {
      const use = shape[k]
      use.count++
      if (use.examples.size >= EXAMPLES) continue
      const value = textOf(texts, lists.values[lists.from[l] + k])
      use.examples.add(value.length > EXAMPLE_LENGTH ? `${value.slice(0, EXAMPLE_LENGTH)}…` : value)
    }
  }
}

function useOf(found: Map<string, Found>, key: string): Found {
  const known = found.get(key) ?? { count: 0, examples: new Set<string>() }
  found.set(key, known)
  return known
}
