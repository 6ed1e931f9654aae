/**
 * The way to the last end: from the root, always on into the child whose subtree ends last. Its waits, its work and what lies
 * between its hops add up to the whole time, so it answers "which hop dominates" without counting parallel work twice.
 *
 *   api   |██████████|
 *   guild    |▨▨▨▨▨██████|            guild waits, then works
 *   push                    |███|     between guild and push: nobody says what happened
 *         aaaawwwwwggggg········sss
 */
import type { SpanColumns } from '../model/span-columns.ts'
import type { SpanAggregates } from './waterfall-aggregates.ts'

export interface PathPart {
  readonly kind: 'wait' | 'work' | 'between'
  /** Stage that waits or works; the stage that came late for what lies between. */
  readonly stageId: number
  readonly ns: number
}

export interface LastPath {
  /** Span indices, root first. */
  readonly spans: readonly number[]
  /** In order of time; neighbours of one kind and stage are one part. They add up to `totalNs`. */
  readonly parts: readonly PathPart[]
  readonly totalNs: number
}

export function lastPath(spans: SpanColumns, aggregates: SpanAggregates): LastPath {
  const path = chain(spans, aggregates)
  const parts: PathPart[] = []
  const add = (kind: PathPart['kind'], stageId: number, ns: number) => {
    if (!(ns > 0)) return
    const last = parts.at(-1)
    if (last?.kind === kind && last.stageId === stageId) parts[parts.length - 1] = { kind, stageId, ns: last.ns + ns }
    else parts.push({ kind, stageId, ns })
  }
  const begin = (i: number) => spans.start[i] - (spans.wait[i] > 0 ? spans.wait[i] : 0)
  let now = path.length === 0 ? 0 : begin(path[0])
  const from = now
  path.forEach((i, k) => {
    const stage = spans.stageId[i]
    add('wait', stage, spans.start[i] - Math.max(now, begin(i)))
    now = Math.max(now, spans.start[i])
    const end = spans.start[i] + spans.duration[i]
    const next = path[k + 1]
    const until = next === undefined ? end : Math.min(end, begin(next))
    add('work', stage, until - now)
    now = Math.max(now, until)
    if (next === undefined) return
    add('between', spans.stageId[next], begin(next) - now)
    now = Math.max(now, begin(next))
  })
  return { spans: path, parts, totalNs: now - from }
}

function chain(spans: SpanColumns, { subtreeLatest }: SpanAggregates): number[] {
  const path: number[] = []
  let [from, end] = [0, spans.count]
  for (;;) {
    let latest = -1
    for (let i = from; i < end; i = spans.subtreeEnd[i]) {
      if (latest < 0 || subtreeLatest[i] > subtreeLatest[latest]) latest = i
    }
    if (latest < 0) return path
    const above = path.at(-1)
    // Where the parent itself ends last, the time after its children is its own.
    if (above !== undefined && subtreeLatest[latest] < spans.start[above] + spans.duration[above]) return path
    path.push(latest)
    from = latest + 1
    end = spans.subtreeEnd[latest]
  }
}
