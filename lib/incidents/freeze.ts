/**
 * Freezing: evidence is copied first (blobs), then the manifest that names it, then the log that names the manifest. Whatever ends it
 * before that leaves no incident, and takes back what it wrote.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { formatExact } from '../base/format.ts'
import { fail, ok, type Result } from '../base/result.ts'
import { MANIFEST_VERSION, type Manifest, type SamplePlan, type WhyFrozen } from '../evidence/manifest.ts'
import { manifestBytes } from '../evidence/parse-manifest.ts'
import { TRACE_LIST_MAX } from '../evidence/pieces.ts'
import type { FlameToKeep, FreezeRequest, PinRequest } from '../model/freeze.ts'
import type { Author, Side } from '../model/incident.ts'
import type { RetentionSettings } from '../model/instance.ts'
import type { TraceSummary } from '../model/trace-list.ts'
import { manifestsNamed } from './archive-write.ts'
import { type Batch, type EvidenceStore, packed } from './blobs.ts'
import { Cancelled, Collector, type Sources, type Wanted } from './collect.ts'
import { diskFailure } from './durable.ts'
import type { Frozen, Report } from './freeze-jobs.ts'
import { newId } from './ids.ts'
import type { IncidentLogs } from './logs.ts'
import { readManifest } from './read-manifest.ts'
import { drawSample } from './sample.ts'

const SHIFT_MS = { hour: 3_600_000, day: 86_400_000, week: 7 * 86_400_000 } as const
const ROLE = { hour: 'hour-before', day: 'day-before', week: 'week-before' } as const

export interface FreezeContext {
  readonly sources: Sources
  readonly retention: RetentionSettings
  readonly evidence: EvidenceStore
  readonly logs: IncidentLogs
  /** Of the application. */
  readonly version: string
}

/** Copies what is asked for and makes an incident of it. */
export function freeze(
  context: FreezeContext,
  request: FreezeRequest,
  author: Author,
  report: Report,
  signal: AbortSignal,
): Promise<Result<Frozen>> {
  return whole(context.evidence, 'The incident was not made', async (batch) => {
    const collector = new Collector(context.sources, batch, report, signal)
    const { sides } = request
    const flames = flamesOf(request)
    collector.expect(sides.length * (2 + request.baselines.length) + flames.length)
    const sources = await collector.sources(sides)
    for (const side of sides) {
      await collector.timings(side, 'range', 0)
      for (const baseline of request.baselines) await collector.timings(side, ROLE[baseline], SHIFT_MS[baseline])
    }
    for (const flame of flames) await collector.flame(flame)
    const picked = await pick(collector, request)
    const kept = await collector.spans(picked.wanted)
    if (!collector.gotAnything) return nothing(collector, sides)
    const sample = samplePlan(picked.draws, kept)
    const manifest: Manifest = {
      kind: 'guildscope.evidence',
      v: MANIFEST_VERSION,
      frozenAtMs: Date.now(),
      madeBy: context.version,
      minutes: collector.minutes,
      flames: collector.flames,
      lists: collector.lists,
      traces: collector.traces,
      ...(sample === undefined ? {} : { sample }),
      sources,
      retention: context.retention,
      missing: collector.missing,
    }
    const sha = await writeManifest(batch, manifest)
    if (signal.aborted) throw new Cancelled()
    const { title, severity, view } = request
    const id = newId()
    const named = sides.map((side) => ({ ...side, ...nameOf(side, manifest) }))
    const made = await context.logs.create(id, [
      {
        v: 1,
        id: randomUUID(),
        seq: 0,
        atMs: Date.now(),
        by: author,
        change: { kind: 'created', title, severity, sides: named, view, manifest: sha },
      },
    ])
    return made.ok ? ok({ incidentId: id, missing: collector.missing.length }) : made
  })
}

/** Copies more into an incident. Old pieces are named again, not copied. */
export async function pinMore(
  context: FreezeContext,
  incidentId: string,
  request: PinRequest,
  author: Author,
  report: Report,
  signal: AbortSignal,
): Promise<Result<Frozen>> {
  const added = await addMore(context, incidentId, request, author, report, signal)
  if (!added.ok || !context.logs.shared) return added
  const joined = await whole(context.evidence, 'What was added at the same time was not put together', (batch) =>
    joinAdditions(context, incidentId, batch, author),
  )
  // What was added is there; the next addition puts it together.
  if (!joined.ok) console.error(`Guildscope: ${joined.failure.what}`)
  return added
}

function addMore(
  context: FreezeContext,
  incidentId: string,
  request: PinRequest,
  author: Author,
  report: Report,
  signal: AbortSignal,
): Promise<Result<Frozen>> {
  return whole(context.evidence, 'Nothing was added to the incident', async (batch) => {
    const state = await context.logs.state(incidentId)
    if (!state.ok) return state
    const before = await readManifest(context.evidence, state.value.incident.manifest)
    if (!before.ok) return before
    const old = before.value
    const collector = new Collector(context.sources, batch, report, signal)
    const flames = request.flames.filter((flame) => !old.flames.some((known) => sameFlame(known, flame)))
    collector.expect(flames.length)
    for (const flame of flames) await collector.flame(flame)
    const here = new Set(old.traces.map((trace) => trace.traceId))
    const wanted = distinctTraces(
      request.traceIds.filter((id) => !here.has(id)).map((id): Reason => [id, 'pinned-later', undefined]),
    )
    await collector.spans(wanted, {
      traces: old.traces.length,
      spans: old.traces.reduce((sum, trace) => sum + trace.spans, 0),
    })
    if (!collector.gotAnything)
      return flames.length + wanted.length === 0
        ? fail('conflict', 'incidents', 'All of it is in the incident already.', 'Choose something else.')
        : nothing(collector, [])
    const manifest: Manifest = {
      ...old,
      flames: [...old.flames, ...collector.flames],
      traces: [...old.traces, ...collector.traces],
      missing: [...old.missing, ...collector.missing],
    }
    const sha = await writeManifest(batch, manifest)
    if (signal.aborted) throw new Cancelled()
    const what = [counted(collector.traces.length, 'trace'), counted(collector.flames.length, 'flame graph')]
      .filter((words) => words !== '')
      .join(', ')
    const change = { kind: 'evidence-added', manifest: sha, what } as const
    const added = await context.logs.append(incidentId, randomUUID(), change, author, Date.now())
    return added.ok ? ok({ incidentId, missing: collector.missing.length }) : added
  })
}

/**
 * Two copies may add to an incident at once, each to the same manifest: the later one does not name what the other added. Whoever sees that
 * adds a manifest that names both. Two that see it write the same.
 */
async function joinAdditions(
  { logs, evidence }: Pick<FreezeContext, 'logs' | 'evidence'>,
  incidentId: string,
  batch: Batch,
  author: Author,
): Promise<Result<undefined>> {
  const state = await logs.state(incidentId)
  if (!state.ok) return state
  const all: Manifest[] = []
  for (const sha of manifestsNamed(state.value.entries)) {
    const manifest = await readManifest(evidence, sha)
    if (!manifest.ok) return manifest
    all.push(manifest.value)
  }
  const newest = await readManifest(evidence, state.value.incident.manifest)
  if (!newest.ok) return newest
  const flames = [...newest.value.flames]
  const traces = [...newest.value.traces]
  const missing = [...newest.value.missing]
  for (const other of all) {
    flames.push(...other.flames.filter((flame) => !flames.some((known) => sameFlame(known, flame))))
    const here = new Set(traces.map((trace) => trace.traceId))
    traces.push(...other.traces.filter((trace) => !here.has(trace.traceId)))
    missing.push(...other.missing.filter(({ what }) => !missing.some((known) => known.what === what)))
  }
  if (flames.length === newest.value.flames.length && traces.length === newest.value.traces.length) return ok(undefined)
  const manifest = await writeManifest(batch, { ...newest.value, flames, traces, missing })
  const change = { kind: 'evidence-added', manifest, what: 'what was added at the same time, put together' } as const
  const added = await logs.append(incidentId, randomUUID(), change, author, Date.now())
  return added.ok ? ok(undefined) : added
}

/** Runs `work` over a batch of blobs that stays only if it succeeds. */
export async function whole<T>(
  evidence: EvidenceStore,
  what: string,
  work: (batch: Batch) => Promise<Result<T>>,
): Promise<Result<T>> {
  const batch = evidence.begin()
  let unsure = true
  try {
    const result = await work(batch)
    if (result.ok) await batch.done()
    // Where a server did not answer, what it was told last may have happened.
    unsure = !result.ok && (result.failure.kind === 'unavailable' || result.failure.kind === 'busy')
    return result
  } catch (error) {
    unsure = !(error instanceof Cancelled)
    if (error instanceof Cancelled) return fail('cancelled', 'incidents', 'It was cancelled.', 'Begin again.')
    return diskFailure(error, what)
  } finally {
    await batch.drop(unsure)
  }
}

/** Everything the manifest names is on disk before it is. */
export async function writeManifest(batch: Batch, manifest: Manifest): Promise<string> {
  const sha = await batch.putStored(await packed(manifestBytes(manifest)))
  await batch.settle()
  return sha
}

type Reason = readonly [traceId: string, why: WhyFrozen, listed: Wanted['listed']]

interface Draw {
  readonly side: Side
  readonly ids: readonly string[]
  readonly listed: number
  readonly total: number | undefined
  readonly seed: string
}

/** Which traces: chosen by hand, slowest, longest waiting, then the random sample; the limits cut from the end. */
async function pick(
  collector: Collector,
  request: FreezeRequest,
): Promise<{ readonly wanted: readonly Wanted[]; readonly draws: readonly Draw[] }> {
  const rows = new Map<string, TraceSummary>()
  const reasons: Reason[] = []
  const add = (why: WhyFrozen, traces: readonly TraceSummary[]) => {
    for (const trace of traces) reasons.push([trace.traceId, why, trace])
  }
  const draws: Draw[] = []
  const sampled: TraceSummary[] = []
  const ranked: { readonly why: WhyFrozen; readonly traces: readonly TraceSummary[] }[] = []
  for (const side of request.sides) {
    const listed = await collector.list(side)
    for (const trace of listed) rows.set(trace.traceId, trace)
    ranked.push({ why: 'slowest', traces: await collector.ranked(side, 'slowest', request.slowest) })
    ranked.push({ why: 'longest-wait', traces: await collector.ranked(side, 'longest-wait', request.longestWait) })
    if (request.sample === 0 || listed.length === 0) continue
    const seed = randomBytes(8).toString('hex')
    const byId = new Map(listed.map((trace) => [trace.traceId, trace]))
    const ids = drawSample([...byId.keys()], request.sample, seed)
    sampled.push(...ids.map((id) => byId.get(id)).filter((trace) => trace !== undefined))
    draws.push({ side, ids, listed: byId.size, total: collector.lists.at(-1)?.total, seed })
  }
  for (const id of request.traceIds) reasons.push([id, 'chosen', rows.get(id)])
  for (const { why, traces } of ranked) add(why, traces)
  add('sample', sampled)
  return { wanted: distinctTraces(reasons), draws }
}

function distinctTraces(reasons: readonly Reason[]): readonly Wanted[] {
  const wanted = new Map<string, Wanted>()
  for (const [traceId, why, listed] of reasons) {
    const known = wanted.get(traceId) ?? { traceId, why: new Set<WhyFrozen>() }
    known.why.add(why)
    wanted.set(traceId, listed === undefined ? known : { ...known, listed })
  }
  return [...wanted.values()]
}

/** What was drawn and what of it is kept, in words. */
function samplePlan(draws: readonly Draw[], kept: ReadonlySet<string>): SamplePlan | undefined {
  if (draws.length === 0) return undefined
  let population = 0
  let taken = 0
  const words = draws.map(({ side, ids, listed, total, seed }) => {
    const here = ids.filter((id) => kept.has(id)).length
    population += listed
    taken += here
    const of =
      total !== undefined && total > listed
        ? `the newest ${formatExact(TRACE_LIST_MAX)} of ${formatExact(total)}`
        : formatExact(listed)
    const lost = here < ids.length ? `; ${formatExact(ids.length - here)} of them could not be kept` : ''
    const guild = draws.length > 1 ? ` of guild ${side.guildName ?? side.guildId}` : ''
    return `${formatExact(ids.length)} of ${of} traces${guild}, drawn at random without replacement (smallest SHA-256 of seed and trace id; seed ${seed})${lost}`
  })
  return { words: `${words.join('; ')}.`, population, taken }
}

/** The whole range of each side in both scopes, then what was asked for. */
function flamesOf(request: FreezeRequest): readonly FlameToKeep[] {
  const flames: FlameToKeep[] = []
  for (const { guildId, fromMs, toMs } of request.sides) {
    flames.push({ guildId, fromMs, toMs, scope: 'guild' }, { guildId, fromMs, toMs, scope: 'trace' })
  }
  for (const flame of request.flames) if (!flames.some((known) => sameFlame(known, flame))) flames.push(flame)
  return flames
}

export function sameFlame(a: FlameToKeep, b: FlameToKeep): boolean {
  return (
    a.guildId === b.guildId &&
    a.fromMs === b.fromMs &&
    a.toMs === b.toMs &&
    a.action === b.action &&
    a.scope === b.scope
  )
}

/** The name that the timings tell, where the view did not know one. */
function nameOf(side: Side, manifest: Manifest): { readonly guildName?: string } {
  const known = manifest.minutes.find((minutes) => minutes.side.guildId === side.guildId)?.side.guildName
  return side.guildName === undefined && known !== undefined ? { guildName: known } : {}
}

function nothing(collector: Collector, sides: readonly Side[]): Result<never> {
  const first = collector.missing[0]
  const why = first === undefined ? '' : ` For one: ${first.what}: ${first.reason}.`
  return fail(
    'not-found',
    'incidents',
    `Nothing of it could be had, so nothing was frozen.${why}`,
    sides.length > 0 ? 'Choose a guild and a range that there is something of.' : 'Choose traces that are still here.',
  )
}

function counted(n: number, what: string): string {
  return n === 0 ? '' : `${formatExact(n)} ${what}${n === 1 ? '' : 's'}`
}
