import type { SpanColumns } from './span-columns.ts'

/**
 * The topmost spans of one stage with all that descends from them, as a forest of their own; what stands above or beside them is
 * left out. Times keep counting from the same `traceStartNs`.
 *
 *   api ─ guild ─ guild ─ relay        stage guild:   guild ─ guild ─ relay
 *       └ audit                                       (the second guild span stays below the first)
 *
 * `isWanted` says which spans of the stage may be such a top: one trace can visit several guilds.
 */
export function subtreesOfStage(
  spans: SpanColumns,
  stageId: number,
  isWanted: (index: number) => boolean = () => true,
): SpanColumns {
  const kept = new Uint32Array(spans.count)
  const place = new Int32Array(spans.count).fill(-1)
  let count = 0
  for (let i = 0; i < spans.count; ) {
    if (spans.stageId[i] !== stageId || !isWanted(i)) {
      i++
      continue
    }
    for (const end = spans.subtreeEnd[i]; i < end; i++) {
      place[i] = count
      kept[count++] = i
    }
  }
  const parent = new Int32Array(count)
  const subtreeEnd = new Uint32Array(count)
  const depth = new Uint32Array(count)
  for (let j = 0; j < count; j++) {
    const i = kept[j]
    const above = spans.parent[i]
    parent[j] = above === -1 ? -1 : place[above]
    depth[j] = parent[j] === -1 ? 0 : depth[parent[j]] + 1
    subtreeEnd[j] = j + (spans.subtreeEnd[i] - i)
  }
  const ids = (column: Uint32Array) => Uint32Array.from({ length: count }, (_, j) => column[kept[j]])
  const bytes = (column: Uint8Array) => Uint8Array.from({ length: count }, (_, j) => column[kept[j]])
  const times = (column: Float64Array) => Float64Array.from({ length: count }, (_, j) => column[kept[j]])
  return {
    ...spans,
    count,
    start: times(spans.start),
    duration: times(spans.duration),
    parent,
    subtreeEnd,
    depth,
    nameId: ids(spans.nameId),
    serviceId: ids(spans.serviceId),
    nodeId: ids(spans.nodeId),
    actionId: ids(spans.actionId),
    relayId: ids(spans.relayId),
    stageId: bytes(spans.stageId),
    flags: bytes(spans.flags),
    wait: times(spans.wait),
    weight: Float32Array.from({ length: count }, (_, j) => spans.weight[kept[j]]),
  }
}
