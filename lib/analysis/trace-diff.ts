/**
 * Two traces matched by operation path: the names (and stages) on the way from the root. What both have stands beside each other, however often
 * each has it; what only one has is said.
 *
 *   A  POST /messages ─ guild.handle ─ fanout ×3        path                     A         B
 *   B  POST /messages ─ guild.handle ─ fanout ×900      … / guild.handle        1× 3 ms   1× 3 ms, waited 41 s
 *                                                       … / fanout              3×        900×
 */
import { Interner } from '../base/interner.ts'
import type { SpanColumns } from '../model/span-columns.ts'

const NONE = -1
/** More operation paths than this are gathered under their parent. */
export const PATHS_MAX = 5_000

/** Figures of one path in one trace. */
export interface PathFigures {
  readonly spans: number
  readonly errors: number
  /** Medians over the path's spans, ns; NaN where there is no span (or no known wait). */
  readonly workP50Ns: number
  readonly waitP50Ns: number
  readonly workNs: number
  /** Summed known waits, ns; NaN where none is known. */
  readonly waitNs: number
  /** From the earliest start (its wait before it included) to the latest end, ns since the trace's start; NaN without spans. */
  readonly firstNs: number
  readonly lastNs: number
}

export interface TracePaths {
  readonly count: number
  /** Parents stand before their children (not in pre-order). −1: a root. */
  readonly parent: readonly number[]
  readonly depth: readonly number[]
  readonly name: readonly string[]
  readonly stageId: readonly number[]
  readonly a: readonly PathFigures[]
  readonly b: readonly PathFigures[]
  /** Spans of both traces that were counted with their parent's path because there were too many paths. */
  readonly gathered: number
}

/** Factors that keep (path, name, stage) apart in one exact number: 2^21 paths × 2^24 names × 2^8 stages. */
const NAMES_MAX = 2 ** 24
const STAGES_MAX = 2 ** 8
/** Spans gone through before `traceDiffSteps` pauses. */
const STEP_SPANS = 20_000

export function traceDiff(a: SpanColumns, b: SpanColumns, maxPaths = PATHS_MAX): TracePaths {
  const steps = traceDiffSteps(a, b, maxPaths)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** The same in short steps, each yielding the share done so far: two traces of a million spans must not freeze a page. */
export function* traceDiffSteps(
  a: SpanColumns,
  b: SpanColumns,
  maxPaths = PATHS_MAX,
): Generator<number, TracePaths, undefined> {
  const names = new Interner()
  const children = new Map<number, number>()
  // Each span is gone through twice: for its path, then for the path's figures.
  const whole = Math.max(1, 2 * (a.count + b.count))
  let done = 0
  const parent: number[] = []
  const depth: number[] = []
  const name: string[] = []
  const stageId: number[] = []
  let gathered = 0

  function* pathsOf(spans: SpanColumns): Generator<number, Int32Array, undefined> {
    const ids = spans.names.map((text) => names.id(text))
    const pathOf = new Int32Array(spans.count)
    for (let i = 0; i < spans.count; i++) {
      if (++done % STEP_SPANS === 0) yield done / whole
      const up = spans.parent[i] === NONE ? NONE : pathOf[spans.parent[i]]
      const key = ((up + 1) * NAMES_MAX + ids[spans.nameId[i]]) * STAGES_MAX + spans.stageId[i]
      let path = children.get(key)
      if (path === undefined) {
        if (parent.length >= maxPaths && up !== NONE) {
          gathered++
          pathOf[i] = up
          continue
        }
        path = parent.length
        children.set(key, path)
        parent.push(up)
        depth.push(up === NONE ? 0 : depth[up] + 1)
        name.push(spans.names[spans.nameId[i]])
        stageId.push(spans.stageId[i])
      }
      pathOf[i] = path
    }
    return pathOf
  }
  const paths = [yield* pathsOf(a), yield* pathsOf(b)]
  const count = parent.length
  function* allFigures(spans: SpanColumns, pathOf: Int32Array): Generator<number, PathFigures[], undefined> {
    const groupOf = groupsOf(spans, pathOf, count)
    const figures: PathFigures[] = []
    let pause = done
    for (let p = 0; p < count; p++) {
      if (done >= pause) {
        pause = done + STEP_SPANS
        yield done / whole
      }
      figures.push(figuresOf(spans, groupOf(p)))
      done += figures[p].spans
    }
    return figures
  }
  const figures = { a: yield* allFigures(a, paths[0]), b: yield* allFigures(b, paths[1]) }
  return { count, parent, depth, name, stageId, ...figures, gathered }
}

/** Spans of each path, by a counting sort. */
function groupsOf(spans: SpanColumns, pathOf: Int32Array, count: number): (path: number) => Uint32Array {
  const start = new Uint32Array(count + 1)
  for (let i = 0; i < spans.count; i++) start[pathOf[i] + 1]++
  for (let p = 0; p < count; p++) start[p + 1] += start[p]
  const next = start.slice(0, count)
  const order = new Uint32Array(spans.count)
  for (let i = 0; i < spans.count; i++) order[next[pathOf[i]]++] = i
  return (path) => order.subarray(start[path], start[path + 1])
}

/** Medians by selection: linear in spans (expected). */
function figuresOf(spans: SpanColumns, group: Uint32Array): PathFigures {
  const work = new Float64Array(group.length)
  const waits = new Float64Array(group.length)
  let known = 0
  let errors = 0
  let workNs = 0
  let waitNs = 0
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  group.forEach((i, k) => {
    work[k] = spans.duration[i]
    workNs += spans.duration[i]
    errors += spans.flags[i] & 1
    const wait = spans.wait[i]
    if (wait >= 0) {
      waits[known++] = wait
      waitNs += wait
    }
    first = Math.min(first, spans.start[i] - (wait > 0 ? wait : 0))
    last = Math.max(last, spans.start[i] + spans.duration[i])
  })
  const none = group.length === 0
  return {
    spans: group.length,
    errors,
    workP50Ns: medianOf(work),
    waitP50Ns: medianOf(waits.subarray(0, known)),
    workNs,
    waitNs: known === 0 ? Number.NaN : waitNs,
    firstNs: none ? Number.NaN : first,
    lastNs: none ? Number.NaN : last,
  }
}

/** The lower median by quickselect (Hoare's partition, middle pivot); reorders `values`. NaN of nothing. */
export function medianOf(values: Float64Array): number {
  if (values.length === 0) return Number.NaN
  const wanted = (values.length - 1) >> 1
  let from = 0
  let to = values.length - 1
  while (from < to) {
    const pivot = values[(from + to) >> 1]
    let left = from
    let right = to
    while (left <= right) {
      while (values[left] < pivot) left++
      while (values[right] > pivot) right--
      if (left > right) break
      const held = values[left]
      values[left++] = values[right]
      values[right--] = held
    }
    if (wanted <= right) to = right
    else if (wanted >= left) from = left
    else return pivot
  }
  return values[wanted]
}

/** Names from the root to a path, each percent-encoded, joined by '/': for a URL. */
export function pathText({ parent, name }: TracePaths, path: number): string {
  const parts: string[] = []
  for (let p = path; p !== NONE; p = parent[p])
    parts.push(encodeURIComponent(name[p].replace(/[\ud800-\udfff]/gu, '\ufffd')))
  return parts.reverse().join('/')
}

/** The path with that text, −1 for none. */
export function pathAt(paths: TracePaths, text: string): number {
  for (let p = 0; p < paths.count; p++) if (text !== '' && pathText(paths, p) === text) return p
  return NONE
}

/**
 * Where each trace's axis has its zero, ns since its start: the first beginning of the chosen path, or the user's action (the trace's first
 * span). Undefined where one of the traces has no span of that path.
 */
export function alignAt(paths: TracePaths, path: number): readonly [a: number, b: number] | undefined {
  if (path === NONE) return [0, 0]
  const [a, b] = [paths.a[path].firstNs, paths.b[path].firstNs]
  return Number.isNaN(a) || Number.isNaN(b) ? undefined : [a, b]
}

/** Paths by how much their summed wait and work differ, the most first. */
export function pathsByDifference(paths: TracePaths): readonly number[] {
  const time = (one: PathFigures) => one.workNs + (Number.isNaN(one.waitNs) ? 0 : one.waitNs)
  const change = Float64Array.from(paths.a, (one, p) => Math.abs(time(paths.b[p]) - time(one)))
  return Array.from(paths.a.keys()).sort((x, y) => change[y] - change[x] || x - y)
}

/** Paths as a waterfall shows them: parents before children, siblings by their first start in either trace. */
export function pathsInOrder(paths: TracePaths, zero: readonly [number, number]): readonly number[] {
  const starts = paths.a.map((one, p) => {
    const [a, b] = [one.firstNs - zero[0], paths.b[p].firstNs - zero[1]]
    return Math.min(Number.isNaN(a) ? Number.POSITIVE_INFINITY : a, Number.isNaN(b) ? Number.POSITIVE_INFINITY : b)
  })
  const below = new Map<number, number[]>()
  for (let p = 0; p < paths.count; p++) {
    const list = below.get(paths.parent[p])
    if (list === undefined) below.set(paths.parent[p], [p])
    else list.push(p)
  }
  const stack = [...(below.get(NONE) ?? [])].sort((x, y) => starts[y] - starts[x] || y - x)
  const out: number[] = []
  for (let p = stack.pop(); p !== undefined; p = stack.pop()) {
    out.push(p)
    stack.push(...(below.get(p) ?? []).sort((x, y) => starts[y] - starts[x] || y - x))
  }
  return out
}
