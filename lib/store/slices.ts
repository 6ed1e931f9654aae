import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Duck, type DuckConnection, literal } from './duck.ts'
import type { SliceStrings } from './slice-strings.ts'
import { createTraceTables } from './span-schema.ts'
import { createTimingTables } from './timings-schema.ts'
import { createTotalTables } from './totals-schema.ts'

export type SliceKind = 'traces' | 'timings' | 'totals'
/** `short`: everybody's; `long`: the largest guilds'; `held`: copied out of rotation. */
export type SliceClass = 'short' | 'long' | 'held'

export interface SliceName {
  readonly kind: SliceKind
  readonly cls: SliceClass
  readonly startMs: number
  readonly endMs: number
}

const FILE = /^(traces|timings|totals)-(short|long|held)-(\d{1,16})-(\d{1,16})\.duckdb$/
/** So many files stay attached: 30 days of the largest guilds and more. Each takes about 0.1 MB, and 3 ms to attach again. */
const ATTACHED_AT_MOST = 400

/** One DuckDB file: a time slice of one retention class. Dropped whole, because deleted rows give no disk back. */
export class Slice {
  readonly name: SliceName
  readonly path: string
  /** Name of the attached database in SQL. */
  readonly catalog: string
  attached = false
  users = 0
  lastUse = 0
  /** Rows of its main table; unknown until it has been attached once. */
  rows: number | undefined
  /** First and last start (or minute) in it, Unix ms. */
  contentFromMs = Number.POSITIVE_INFINITY
  contentToMs = Number.NEGATIVE_INFINITY
  /** Written since its last checkpoint. */
  dirty = false
  pending: Promise<boolean> | undefined
  /** Its string table, once read. */
  strings: SliceStrings | undefined
  stringsPending: Promise<SliceStrings> | undefined

  constructor(folder: string, name: SliceName) {
    this.name = name
    const stem = `${name.kind}-${name.cls}-${name.startMs}-${name.endMs}`
    this.path = join(folder, `${stem}.duckdb`)
    this.catalog = stem.replaceAll('-', '_')
  }

  /**
   * Whether it can hold anything of [fromMs, toMs). Times that were not believed are filed under their arrival, so what counts is
   * the content; before a slice was ever attached that is unknown.
   */
  overlaps(fromMs: number, toMs: number): boolean {
    return this.rows === undefined || (this.contentFromMs < toMs && fromMs <= this.contentToMs)
  }

  /** Takes note of what was written. */
  contains(fromMs: number, toMs: number): void {
    if (fromMs < this.contentFromMs) this.contentFromMs = fromMs
    if (toMs > this.contentToMs) this.contentToMs = toMs
  }

  bytes(): number {
    return fileBytes(this.path) + fileBytes(`${this.path}.wal`)
  }
}

/** The slices of a data folder: finds, makes, attaches, detaches and drops them. */
export class Slices {
  readonly #folder: string
  readonly #admin: DuckConnection
  readonly #slices = new Map<string, Slice>()
  readonly #notes: string[] = []

  private constructor(folder: string, admin: DuckConnection) {
    this.#folder = folder
    this.#admin = admin
  }

  /** Reads the folder; files with a write-ahead log left behind are opened at once, which replays it. */
  static async open(folder: string, duck: Duck): Promise<Slices> {
    const slices = new Slices(folder, await duck.connect())
    for (const file of readdirSync(folder)) {
      const match = FILE.exec(file)
      if (match === null) continue
      const [, kind, cls, start, end] = match
      if (kind !== 'traces' && kind !== 'timings' && kind !== 'totals') continue
      if (cls !== 'short' && cls !== 'long' && cls !== 'held') continue
      slices.#add({ kind, cls, startMs: Number(start), endMs: Number(end) })
    }
    for (const slice of [...slices.#slices.values()]) {
      if (!existsSync(`${slice.path}.wal`)) continue
      if (await slices.attach(slice)) slice.dirty = true
    }
    return slices
  }

  get notes(): readonly string[] {
    return this.#notes
  }

  get count(): number {
    return this.#slices.size
  }

  #add(name: SliceName): Slice {
    const slice = new Slice(this.#folder, name)
    this.#slices.set(slice.catalog, slice)
    return slice
  }

  /** Slices of a kind that overlap [fromMs, toMs), oldest first. */
  list(kind: SliceKind, fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY): Slice[] {
    const found = [...this.#slices.values()].filter((s) => s.name.kind === kind && s.overlaps(fromMs, toMs))
    return found.sort((a, b) => a.name.startMs - b.name.startMs || a.name.endMs - b.name.endMs)
  }

  all(): Slice[] {
    return [...this.#slices.values()]
  }

  obtain(name: SliceName): Slice {
    const slice = new Slice(this.#folder, name)
    const known = this.#slices.get(slice.catalog)
    if (known !== undefined) return known
    this.#slices.set(slice.catalog, slice)
    return slice
  }

  /** Attaches a slice and keeps it so while `work` runs. `undefined` where it cannot be opened; a note says so. */
  async withOne<T>(slice: Slice, work: (slice: Slice) => Promise<T>): Promise<T | undefined> {
    slice.users++
    try {
      if (!(await this.attach(slice))) return undefined
      slice.lastUse = performance.now()
      return await work(slice)
    } finally {
      slice.users--
    }
  }

  /** The same for several slices; `work` gets those that could be opened. */
  async withAll<T>(slices: readonly Slice[], work: (open: readonly Slice[]) => Promise<T>): Promise<T> {
    const open: Slice[] = []
    for (const slice of slices) slice.users++
    try {
      for (const slice of slices) if (await this.attach(slice)) open.push(slice)
      for (const slice of open) slice.lastUse = performance.now()
      return await work(open)
    } finally {
      for (const slice of slices) slice.users--
    }
  }

  attach(slice: Slice): Promise<boolean> {
    if (this.#slices.get(slice.catalog) !== slice) return Promise.resolve(false)
    if (slice.attached) return Promise.resolve(true)
    slice.pending ??= this.#attach(slice).finally(() => {
      slice.pending = undefined
    })
    return slice.pending
  }

  async #attach(slice: Slice): Promise<boolean> {
    if (this.#slices.get(slice.catalog) !== slice) return false
    await this.#detachIdle()
    const isNew = !existsSync(slice.path)
    try {
      await this.#admin.run(`ATTACH ${literal(slice.path)} AS ${slice.catalog} (${fileOptions(slice.name.kind)})`)
      // A file whose creation was cut short has no tables yet.
      if (isNew || !(await this.#hasTables(slice))) await this.#create(slice)
      slice.attached = true
      await this.#describe(slice)
      return true
    } catch (error) {
      this.#setAside(slice, error)
      return false
    }
  }

  async #describe(slice: Slice): Promise<void> {
    const { kind } = slice.name
    const number = (what: string, table: string) =>
      this.#admin.number(`SELECT (${what})::DOUBLE FROM ${slice.catalog}.${table}`)
    const [table, low, high] =
      kind === 'traces'
        ? ['parts', 'min(start_ns) / 1e6', 'max(start_ns) / 1e6']
        : kind === 'timings'
          ? ['samples', 'min(minute)::DOUBLE * 60000', 'max(minute)::DOUBLE * 60000']
          : ['totals', 'min(hour)::DOUBLE * 3600000', 'max(hour)::DOUBLE * 3600000']
    const rows = await number('count(*)', mainTable(kind))
    if (rows > 0) slice.contains(await number(low, table), await number(high, table))
    slice.rows = rows
  }

  async #hasTables(slice: Slice): Promise<boolean> {
    const tables = await this.#admin.number(
      `SELECT count(*)::DOUBLE FROM duckdb_tables() WHERE database_name = ${literal(slice.catalog)}`,
    )
    return tables > 0
  }

  async #create(slice: Slice): Promise<void> {
    const { kind } = slice.name
    const ddl =
      kind === 'traces'
        ? createTraceTables(slice.catalog)
        : kind === 'timings'
          ? createTimingTables(slice.catalog)
          : createTotalTables(slice.catalog)
    await this.#admin.transaction(async () => {
      for (const statement of ddl.split(';\n')) await this.#admin.step(statement)
    })
  }

  /** A slice that cannot be opened must not stop the others: its file gets another name, and `/sources` says so. */
  #setAside(slice: Slice, error: unknown): void {
    this.#slices.delete(slice.catalog)
    const stamp = Date.now()
    for (const suffix of ['', '.wal'])
      if (existsSync(slice.path + suffix)) renameSync(slice.path + suffix, `${slice.path}${suffix}.broken-${stamp}`)
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    this.#notes.push(`A slice could not be opened and was renamed to ${slice.path}.broken-${stamp}: ${reason}`)
  }

  async #detachIdle(): Promise<void> {
    const attached = [...this.#slices.values()].filter((s) => s.attached)
    if (attached.length < ATTACHED_AT_MOST) return
    const idle = attached.filter((s) => s.users === 0).sort((a, b) => a.lastUse - b.lastUse)
    for (const slice of idle.slice(0, attached.length - ATTACHED_AT_MOST + 1)) await this.detach(slice)
  }

  async detach(slice: Slice): Promise<void> {
    if (!slice.attached) return
    slice.attached = false
    await this.#admin.run(`DETACH ${slice.catalog}`)
    slice.dirty = false
  }

  /** Deletes a slice with its file; the disk shrinks at once. */
  async drop(slice: Slice): Promise<void> {
    this.#slices.delete(slice.catalog)
    for (let i = 0; i < 500 && slice.users > 0; i++) await sleep(10)
    await this.detach(slice)
    rmSync(slice.path, { force: true })
    rmSync(`${slice.path}.wal`, { force: true })
  }

  async checkpoint(slice: Slice): Promise<void> {
    if (!slice.attached || !slice.dirty) return
    slice.dirty = false
    await this.#admin.run(`CHECKPOINT ${slice.catalog}`)
  }

  /**
   * Gives freed memory back to the system: setting DuckDB's limit makes it flush its allocator, which trims the C heap of the whole
   * process. Measured after a trace of a million spans: 404 → 199 MB resident. To be called while nothing is being written.
   */
  async trimMemory(limitBytes: number): Promise<void> {
    const limit = (bytes: number) => this.#admin.run(`SET memory_limit = '${Math.floor(bytes / 1e6)}MB'`)
    // Lets go of cached blocks; not while somebody reads, whose statement could fail for want of memory.
    if (this.all().every((slice) => slice.users === 0)) {
      try {
        await limit(Math.min(limitBytes, 48e6))
      } catch (error) {
        // Refused where more than this is in use: no harm.
        if (!(error instanceof Error && error.message.includes('memory'))) throw error
      }
    }
    await limit(limitBytes)
  }

  /**
   * Rewrites the main table as what `select` keeps of it, in a file that holds nothing else. The work is done on `worker` while
   * commits go on; only the exchange of the files waits for a pause, and is left for another time if the slice was written meanwhile.
   */
  async compact(
    slice: Slice,
    select: string,
    worker: DuckConnection,
    exclusively: <T>(work: () => Promise<T>) => Promise<T>,
  ): Promise<void> {
    const next = `${slice.path}.next`
    const catalog = `${slice.catalog}_next`
    const table = mainTable(slice.name.kind)
    const { rows } = slice
    rmSync(next, { force: true })
    await this.#admin.run(`ATTACH ${literal(next)} AS ${catalog} (${fileOptions(slice.name.kind)})`)
    try {
      await worker.run(`CREATE TABLE ${catalog}.strings AS SELECT * FROM ${slice.catalog}.strings`)
      await worker.run(
        `CREATE TABLE ${catalog}.${table} AS ${select.replace(`FROM ${table}`, `FROM ${slice.catalog}.${table}`)}`,
      )
    } finally {
      await this.#admin.run(`DETACH ${catalog}`)
    }
    await exclusively(async () => {
      // One user is the caller.
      if (slice.rows !== rows || slice.users > 1) {
        rmSync(next, { force: true })
        return
      }
      // Whoever asks for the slice meanwhile waits for the new file.
      slice.pending = (async () => {
        await this.detach(slice)
        renameSync(next, slice.path)
        slice.strings = undefined
        return this.#attach(slice)
      })().finally(() => {
        slice.pending = undefined
      })
      await slice.pending
    })
  }

  /** Checkpoints and detaches everything. */
  async close(): Promise<void> {
    for (const slice of this.#slices.values()) await this.detach(slice)
    this.#admin.close()
  }

  /**
   * Bytes of everything in the folder, also of what is not a slice; not of incidents, which live beside the rotating data: what
   * somebody froze must not push out what is still coming in.
   */
  diskBytes(): number {
    let bytes = 0
    for (const top of readdirSync(this.#folder, { withFileTypes: true })) {
      if (top.isFile()) bytes += fileBytes(join(top.parentPath, top.name))
      if (!top.isDirectory() || top.name === 'incidents') continue
      for (const entry of readdirSync(join(top.parentPath, top.name), { recursive: true, withFileTypes: true }))
        if (entry.isFile()) bytes += fileBytes(join(entry.parentPath, entry.name))
    }
    return bytes
  }
}

/**
 * DuckDB's own block of 256 KiB makes a nearly empty slice 1.5 MB. Measured on a million spans: 58 bytes a span with it, 52 with
 * 64 KiB, 73 with 16 KiB.
 */
function fileOptions(kind: SliceKind): string {
  return `STORAGE_VERSION 'latest', BLOCK_SIZE ${kind === 'traces' ? 65_536 : 16_384}`
}

export function mainTable(kind: SliceKind): string {
  return kind === 'traces' ? 'spans' : kind === 'timings' ? 'samples' : 'totals'
}

function fileBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
