import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { formatBytes, formatExact } from '../base/format.ts'
import { parseTraceId } from '../base/ids.ts'
import { fail, ok, type Result } from '../base/result.ts'
import type { TraceEvidence } from '../evidence/trace-evidence.ts'
import type { FlameAnswer } from '../model/call-tree.ts'
import type { StoreFigures } from '../model/instance.ts'
import { decodeTracesProtobuf } from '../model/otlp/decode.ts'
import { decodeTracesJson } from '../model/otlp/json.ts'
import type { SpanBatch } from '../model/span-batch.ts'
import type { SpanColumns, SpanDetails, SpanIds, Trace } from '../model/span-columns.ts'
import type { TimingsBatch } from '../model/timings-batch.ts'
import { parseTimings } from '../model/timings-parse.ts'
import type { Page, TraceQuery, TraceSummary } from '../model/trace-list.ts'
import { encodeTrace } from '../model/wire.ts'
import type { SpanQuery } from '../sources/trace-source.ts'
import { CommitQueue } from './commit-queue.ts'
import type { StoreConfig } from './config.ts'
import { Duck, type DuckConnection } from './duck.ts'
import { EvidenceQueue } from './evidence-queue.ts'
import { planSpans, readFlame, readForest, type SpanPlan } from './flame-reader.ts'
import { Holds } from './holds.ts'
import { HourlyTotals } from './hourly-totals.ts'
import { Maintenance } from './maintenance.ts'
import { Tidy } from './memory.ts'
import { type Cancel, CancelledError, Readers } from './readers.ts'
import { RetentionPolicy } from './retention-policy.ts'
import { Slices } from './slices.ts'
import { readDetails } from './span-details.ts'
import { SpanIngest } from './span-ingest.ts'
import { SpanWriter } from './span-writer.ts'
import { TimingsReader } from './timings-reader.ts'
import { TimingsWriter } from './timings-writer.ts'
import { type OpenedTrace, SOURCE, TraceReader } from './trace-reader.ts'
import { searchTraces } from './trace-search.ts'
import type { IngestAnswer } from './types.ts'

/** Spans that make a commit worth starting at once, and how long a lone request waits for company, ms. */
const ENOUGH_SPANS = 30_000
const COMMIT_WAIT_MS = 25
const READERS = 3
/** Readings of `spansOf` at a time; an older one looks its traces up again. */
const MAX_RUNS = 8

type Item = { readonly spans: SpanBatch } | { readonly timings: TimingsBatch }

/** The embedded store as it runs inside its worker thread: one writer, a few readers, one file per slice. */
export class Engine {
  readonly timings: TimingsReader
  readonly totals: HourlyTotals
  readonly #config: StoreConfig
  readonly #duck: Duck
  readonly #writer: DuckConnection
  readonly #slices: Slices
  readonly #readers: Readers
  readonly #policy: RetentionPolicy
  readonly #holds: Holds
  readonly #traces: TraceReader
  readonly #evidence: EvidenceQueue
  readonly #spanIngest: SpanIngest
  readonly #timingsWriter: TimingsWriter
  readonly #maintenance: Maintenance
  readonly #queue: CommitQueue<Item>
  readonly #plans = new Map<number, SpanPlan>()
  readonly #rate = new RateMeter()
  readonly #tidy: Tidy
  #lastError: string | undefined

  private constructor(config: StoreConfig, duck: Duck, writer: DuckConnection, slices: Slices, readers: Readers) {
    this.#config = config
    this.#duck = duck
    this.#writer = writer
    this.#slices = slices
    this.#readers = readers
    this.#policy = new RetentionPolicy(config)
    this.#holds = new Holds(config)
    this.#traces = new TraceReader(slices, readers)
    this.#evidence = new EvidenceQueue(this.#traces, (spans) => this.#tidy.used(spans))
    this.#spanIngest = new SpanIngest(slices, new SpanWriter(writer), this.#policy)
    this.#tidy = new Tidy(() => this.#queue.exclusively(() => slices.trimMemory(config.memoryLimitBytes)))
    this.timings = new TimingsReader(
      config,
      slices,
      readers,
      this.#policy,
      this.#holds,
      this.#spanIngest.lastTraceMs,
      (rows) => this.#tidy.used(rows),
    )
    this.#timingsWriter = new TimingsWriter(slices, writer, this.#policy, (minute) => this.timings.touch(minute))
    this.totals = new HourlyTotals(slices, readers, this.#policy, writer)
    this.#maintenance = new Maintenance({
      config,
      slices,
      readers,
      policy: this.#policy,
      holds: this.#holds,
      timings: this.timings,
      timingsWriter: this.#timingsWriter,
      spanIngest: this.#spanIngest,
      traces: this.#traces,
      totals: this.totals,
      exclusively: (work) => this.#queue.exclusively(work),
    })
    this.#queue = new CommitQueue((items) => this.#commit(items), ENOUGH_SPANS, COMMIT_WAIT_MS)
  }

  static async open(config: StoreConfig): Promise<Engine> {
    const tempDir = join(config.dataDir, 'tmp')
    // What a killed process left half done.
    rmSync(tempDir, { recursive: true, force: true })
    for (const file of readdirSync(config.dataDir)) if (file.endsWith('.next')) rmSync(join(config.dataDir, file))
    mkdirSync(tempDir)
    const duck = await Duck.open({ memoryLimitBytes: config.memoryLimitBytes, threads: 2, tempDir })
    const slices = await Slices.open(config.dataDir, duck)
    return new Engine(config, duck, await duck.connect(), slices, await Readers.open(duck, READERS))
  }

  /** From now on the store looks after itself. */
  start(): void {
    this.#maintenance.start()
    this.#tidy.start()
  }

  async #commit(items: readonly Item[]): Promise<void> {
    const spans: SpanBatch[] = []
    const timings: TimingsBatch[] = []
    for (const item of items) {
      if ('spans' in item) spans.push(item.spans)
      else timings.push(item.timings)
    }
    const nowMs = Date.now()
    if (timings.length > 0) {
      await this.#timingsWriter.write(timings, nowMs)
      this.#maintenance.soon()
    }
    if (spans.length === 0) return
    await this.#spanIngest.write(spans, nowMs)
    for (const batch of spans) {
      this.#rate.add(batch.count)
      this.#tidy.used(batch.count)
    }
  }

  async #durable(item: Item, weight: number): Promise<Result<undefined>> {
    const error = await this.#queue.add(item, weight)
    if (error === undefined) {
      this.#lastError = undefined
      return ok(undefined)
    }
    this.#lastError = error instanceof Error ? error.message : String(error)
    return fail(
      'unavailable',
      SOURCE,
      `The store could not write: ${this.#lastError}`,
      'Check the disk, then send it again.',
    )
  }

  async ingestTraces(body: Uint8Array<ArrayBuffer>, format: 'protobuf' | 'json'): Promise<Result<IngestAnswer>> {
    const { mapping } = this.#config
    const decoded = format === 'json' ? decodeTracesJson(body, mapping) : decodeTracesProtobuf(body, mapping)
    if (!decoded.ok) return decoded
    const batch = decoded.value
    let rejected = 0
    for (const each of batch.rejected) rejected += each.count
    if (batch.count > 0) {
      const done = await this.#durable({ spans: batch }, batch.count)
      if (!done.ok) return done
    }
    return ok({ accepted: batch.count, rejected, reasons: batch.rejected })
  }

  async ingestTimings(body: Uint8Array<ArrayBuffer>, format: 'json' | 'ndjson'): Promise<Result<IngestAnswer>> {
    const parsed = parseTimings(body, format, Date.now())
    if (!parsed.ok) return parsed
    const { batch, rejected } = parsed.value
    let refused = 0
    for (const each of rejected) refused += each.count
    if (batch.rows > 0) {
      const done = await this.#durable({ timings: batch }, batch.rows)
      if (!done.ok) return done
    }
    return ok({ accepted: batch.rows, rejected: refused, reasons: rejected })
  }

  searchTraces(query: TraceQuery, cancel: Cancel): Promise<Result<Page<TraceSummary>>> {
    return searchTraces(this.#slices, this.#readers, query, cancel)
  }

  async #open(traceId: string, cancel: Cancel): Promise<Result<OpenedTrace>> {
    const id = parseTraceId(traceId)
    if (id === undefined) return badTraceId(traceId)
    const opened = await this.#traces.open(id, cancel)
    if (opened === undefined) return noSuchTrace(id)
    this.#tidy.used(opened.trace.spans.count)
    return ok(opened)
  }

  async trace(traceId: string, cancel: Cancel): Promise<Result<Trace>> {
    const opened = await this.#open(traceId, cancel)
    return opened.ok ? ok(opened.value.trace) : opened
  }

  async traceWire(traceId: string, cancel: Cancel): Promise<Result<Uint8Array<ArrayBuffer>>> {
    const opened = await this.#open(traceId, cancel)
    return opened.ok ? ok(encodeTrace(opened.value.trace)) : opened
  }

  async spanIds(traceId: string, cancel: Cancel): Promise<Result<SpanIds>> {
    const opened = await this.#open(traceId, cancel)
    if (!opened.ok) return opened
    const { order } = opened.value.forest
    const { spanId } = opened.value.read.rows
    const ids = new BigUint64Array(order.length)
    for (let i = 0; i < ids.length; i++) ids[i] = spanId[order[i]]
    return ok(ids)
  }

  async spanDetails(
    traceId: string,
    index: number,
    of: number | undefined,
    cancel: Cancel,
  ): Promise<Result<SpanDetails>> {
    const id = parseTraceId(traceId)
    if (id === undefined) return badTraceId(traceId)
    const places = await this.#traces.placesOf(id, cancel)
    if (places === undefined) return noSuchTrace(id)
    if (of !== undefined && of !== places.count)
      return fail(
        'bad-request',
        'request',
        `The trace has grown from ${formatExact(of)} to ${formatExact(places.count)} spans since it was opened.`,
        'Load the trace again.',
      )
    if (!Number.isInteger(index) || index < 0 || index >= places.count)
      return fail(
        'bad-request',
        'request',
        `The trace has ${formatExact(places.count)} spans, and no span ${index}.`,
        'Load the trace again.',
      )
    const details = await this.#slices.withAll(places.slices, () =>
      this.#readers.borrow(cancel, (connection) => readDetails(connection, id, places, index)),
    )
    return details === undefined ? noSuchTrace(id) : ok(details)
  }

  /** The whole trace as a piece of evidence, compressed. */
  async traceEvidence(traceId: string, cancel: Cancel): Promise<Result<TraceEvidence>> {
    const id = parseTraceId(traceId)
    if (id === undefined) return badTraceId(traceId)
    const evidence = await this.#evidence.ask(id, cancel)
    if (cancel.cancelled) throw new CancelledError()
    return evidence ?? noSuchTrace(id)
  }

  /** Batch `batch` of a query. Batches of one `run` come from one look at what is stored. */
  async spansOf(
    query: SpanQuery,
    run: number,
    batch: number,
    cancel: Cancel,
  ): Promise<Result<SpanColumns | undefined>> {
    let plan = this.#plans.get(run)
    if (plan === undefined) {
      plan = await planSpans(this.#slices, this.#readers, query, cancel)
      this.#plans.set(run, plan)
      for (const oldest of this.#plans.keys()) {
        if (this.#plans.size <= MAX_RUNS) break
        this.#plans.delete(oldest)
      }
    }
    const traces = plan.batches[batch]
    if (traces !== undefined) return ok((await readForest(this.#slices, this.#readers, traces, cancel)).spans)
    this.#plans.delete(run)
    return ok(undefined)
  }

  async flame(query: SpanQuery, cancel: Cancel): Promise<Result<FlameAnswer>> {
    const answer = await readFlame(this.#slices, this.#readers, query, cancel)
    this.#tidy.used(answer.spans)
    return ok(answer)
  }

  stats(): StoreFigures {
    const now = Date.now()
    let spans = 0
    let samples = 0
    let oldestSpanMs = Number.POSITIVE_INFINITY
    let oldestTimingMs = Number.POSITIVE_INFINITY
    for (const slice of this.#slices.all()) {
      const { kind } = slice.name
      if (kind === 'traces') {
        spans += slice.rows ?? 0
        oldestSpanMs = Math.min(oldestSpanMs, slice.contentFromMs)
      } else if (kind === 'timings') {
        samples += slice.rows ?? 0
        oldestTimingMs = Math.min(oldestTimingMs, slice.contentFromMs)
      }
    }
    const newestSpanMs = this.#spanIngest.newestMs
    const newestTimingMs = this.#timingsWriter.newestMs
    const diskBytes = this.#slices.diskBytes()
    const overCap = diskBytes > this.#config.diskCapBytes
    return {
      spansStored: spans,
      spansPerSecond: this.#rate.perSecond(now),
      timingSamplesStored: samples,
      pendingBytes: 0,
      diskBytes,
      diskCapBytes: this.#config.diskCapBytes,
      slices: this.#slices.count,
      ...(newestSpanMs === undefined ? {} : { newestSpanMs }),
      ...(newestTimingMs === undefined ? {} : { newestTimingMs }),
      ...(Number.isFinite(oldestSpanMs) ? { oldestSpanMs: Math.round(oldestSpanMs) } : {}),
      ...(Number.isFinite(oldestTimingMs) ? { oldestTimingMs } : {}),
      heldGuilds: this.#holds.size,
      largestBy: this.#policy.largestBy,
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
      notes: [
        ...this.#slices.notes,
        ...this.#maintenance.notes,
        ...(overCap
          ? [
              `The data folder takes ${formatBytes(diskBytes)}, more than its cap of ${formatBytes(this.#config.diskCapBytes)}.`,
            ]
          : []),
      ],
    }
  }

  /** Everything accepted is on disk, checkpointed, and the files are closed. */
  async close(): Promise<void> {
    this.#tidy.stop()
    await this.#maintenance.stop()
    await this.#queue.flush()
    await this.#readers.close()
    this.#writer.close()
    await this.#slices.close()
    this.#duck.close()
  }

  /** For tests and benchmarks: what the clock would do by itself. */
  maintain(nowMs: number): Promise<void> {
    return this.#maintenance.run(nowMs)
  }
}

function badTraceId<T>(traceId: string): Result<T> {
  return fail(
    'bad-request',
    'request',
    `“${traceId.slice(0, 80)}” is not a trace id.`,
    'Use 32 (or 16) hexadecimal digits.',
  )
}

function noSuchTrace<T>(traceId: string): Result<T> {
  return fail(
    'not-found',
    SOURCE,
    `No span of trace ${traceId} is stored here.`,
    'It may have been sampled away, have rotated, or not have arrived yet.',
  )
}

/** Spans a second over the last ten. */
class RateMeter {
  readonly #seconds = new Map<number, number>()

  add(count: number): void {
    const second = Math.floor(Date.now() / 1000)
    this.#seconds.set(second, (this.#seconds.get(second) ?? 0) + count)
    for (const old of this.#seconds.keys()) if (old < second - 20) this.#seconds.delete(old)
  }

  perSecond(nowMs: number): number {
    const second = Math.floor(nowMs / 1000)
    let sum = 0
    for (let s = second - 10; s < second; s++) sum += this.#seconds.get(s) ?? 0
    return sum / 10
  }
}
