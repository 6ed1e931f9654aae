import { FLAG, type SpanColumns } from '../model/span-columns.ts'
import { stageIdOf } from '../model/stages.ts'

/**
 * A trace as a person can read it, for tests. Two spaces of indentation are one level; start and duration in nanoseconds;
 * siblings must stand in order of their starts:
 *
 *   api:POST 0 100
 *     guild:handle 20 60 wait=15 error
 */
export function spansFromText(text: string): SpanColumns {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const margin = Math.min(...lines.map((line) => line.search(/\S/)))
  return spansFromList(
    lines.map((line) => {
      const [label, start, duration, ...rest] = line.trim().split(/\s+/)
      const [stage, name] = label.includes(':') ? label.split(':') : ['unknown', label]
      return {
        depth: (line.search(/\S/) - margin) / 2,
        name,
        stage,
        start: Number(start),
        duration: Number(duration),
        wait: Number(rest.find((word) => word.startsWith('wait='))?.slice(5) ?? Number.NaN),
        weight: Number(rest.find((word) => word.startsWith('weight='))?.slice(7) ?? Number.NaN),
        error: rest.includes('error'),
      }
    }),
  )
}

export interface SpanLine {
  readonly depth: number
  readonly name: string
  readonly stage: string
  readonly start: number
  readonly duration: number
  readonly wait?: number
  readonly weight?: number
  readonly error?: boolean
}

/** Columns from spans in DFS pre-order. */
export function spansFromList(lines: readonly SpanLine[]): SpanColumns {
  const count = lines.length
  const names = ['']
  const spans = {
    count,
    traceStartNs: 1_700_000_000_000_000_000n,
    start: Float64Array.from(lines, (line) => line.start),
    duration: Float64Array.from(lines, (line) => line.duration),
    parent: new Int32Array(count).fill(-1),
    subtreeEnd: new Uint32Array(count),
    depth: Uint32Array.from(lines, (line) => line.depth),
    nameId: new Uint32Array(count),
    serviceId: new Uint32Array(count),
    nodeId: new Uint32Array(count),
    actionId: new Uint32Array(count),
    relayId: new Uint32Array(count),
    stageId: Uint8Array.from(lines, (line) => stageIdOf(line.stage)),
    flags: Uint8Array.from(lines, (line) => (line.error ? FLAG.error : 0)),
    wait: Float64Array.from(lines, (line) => line.wait ?? Number.NaN),
    weight: Float32Array.from(lines, (line) => line.weight ?? Number.NaN),
    names,
    services: [''],
    nodes: [''],
    actions: [''],
    relays: [''],
  }
  const path: number[] = []
  lines.forEach((line, i) => {
    let id = names.indexOf(line.name)
    if (id === -1) id = names.push(line.name) - 1
    spans.nameId[i] = id
    for (const done of path.splice(line.depth)) spans.subtreeEnd[done] = i
    spans.parent[i] = path.at(-1) ?? -1
    path.push(i)
  })
  for (const open of path) spans.subtreeEnd[open] = count
  return spans
}
