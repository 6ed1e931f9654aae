/** In which sources a trace is: all are asked at once, and a slow one keeps nobody waiting for the others. */
import type { TraceFinding, TraceWhereabouts } from '../model/trace-whereabouts.ts'
import type { TraceSource } from '../sources/trace-source.ts'

/** One source is asked for so long. */
const PATIENCE_MS = 30_000
/** After the first has it, the others get so long to have more. */
const GRACE_MS = 300
/** What was found out is good for so long: pages ask while sources are still being asked. */
const REMEMBERED_MS = 30_000
const REMEMBERED_MAX = 64

interface Search {
  readonly findings: Map<string, TraceFinding>
  /** Settles with the first find, or when nobody has it. */
  readonly first: Promise<void>
  readonly all: Promise<void>
  readonly startedMs: number
}

export class TraceFinder {
  readonly #sources: () => readonly TraceSource[]
  readonly #searches = new Map<string, Search>()

  /** `sources`: whom to ask, the preferred first. */
  constructor(sources: () => readonly TraceSource[]) {
    this.#sources = sources
  }

  /** What is known by now; `first`: waits for one that has it (and a moment for one that has more), or for none. */
  async find(traceId: string, first: boolean, signal: AbortSignal): Promise<TraceWhereabouts> {
    const search = this.#search(traceId)
    if (first) {
      const left = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      await Promise.race([search.first, left])
      await Promise.race([search.all, left, new Promise((resolve) => setTimeout(resolve, GRACE_MS))])
    }
    return whereabouts([...search.findings.values()])
  }

  #search(traceId: string): Search {
    const known = this.#searches.get(traceId)
    if (known !== undefined && Date.now() - known.startedMs < REMEMBERED_MS) return known
    const begun = begin(this.#sources(), traceId)
    this.#searches.delete(traceId)
    this.#searches.set(traceId, begun)
    for (const old of this.#searches.keys()) {
      if (this.#searches.size <= REMEMBERED_MAX) break
      this.#searches.delete(old)
    }
    return begun
  }
}

function begin(sources: readonly TraceSource[], traceId: string): Search {
  const findings = new Map<string, TraceFinding>(
    sources.map(({ name }) => [name, { name, state: 'asking' } satisfies TraceFinding]),
  )
  let found = () => {}
  const one = new Promise<void>((resolve) => {
    found = resolve
  })
  const all = Promise.all(
    sources.map(async (source) => {
      const finding = await ask(source, traceId)
      findings.set(source.name, finding)
      if (finding.state === 'found') found()
    }),
  ).then(() => {})
  return { findings, first: Promise.race([one, all]), all, startedMs: Date.now() }
}

async function ask(source: TraceSource, traceId: string): Promise<TraceFinding> {
  const { name } = source
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const late = new Promise<TraceFinding>((resolve) => {
    const what = `${name} did not answer within ${PATIENCE_MS / 1000} s.`
    signal.addEventListener('abort', () => resolve({ name, state: 'failed', what }), { once: true })
  })
  const answer = async (): Promise<TraceFinding> => {
    try {
      const ids = await source.spanIds(traceId, signal)
      if (ids.ok) return { name, state: 'found', spans: ids.value.length }
      const { kind, what } = ids.failure
      return kind === 'not-found' || kind === 'rotated' ? { name, state: 'absent' } : { name, state: 'failed', what }
    } catch (error) {
      // A bug of one adapter does not take the trace of another along.
      console.error(error)
      return { name, state: 'failed', what: `${name} could not be asked: an error of Guildscope’s own.` }
    }
  }
  return await Promise.race([answer(), late])
}

/** Most spans is most complete; of as many, the one that is asked first. */
export function whereabouts(sources: readonly TraceFinding[]): TraceWhereabouts {
  let best: (TraceFinding & { readonly state: 'found' }) | undefined
  for (const one of sources) if (one.state === 'found' && one.spans > (best?.spans ?? -1)) best = one
  return best === undefined ? { sources } : { sources, best: best.name }
}
