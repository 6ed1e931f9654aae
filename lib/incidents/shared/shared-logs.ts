/** Logs of incidents in ClickHouse: a record an entry, added by any copy. */
import { formatExact } from '../../base/format.ts'
import { type Failure, fail, ok, type Result } from '../../base/result.ts'
import { type KeptRecord, type NewRecord, Records } from '../../clickstore/records.ts'
import type { StateTables } from '../../clickstore/state.ts'
import type { Damage } from '../../evidence/answers.ts'
import { parseEntry } from '../../evidence/entry.ts'
import type { Entry } from '../../model/incident.ts'
import { noIncident, taken } from '../log-file.ts'
import type { LogStorage, StoredLog } from '../log-storage.ts'
import { GuestRecords } from './guest-records.ts'

/** Entries without the first one, left over from an incident that was deleted or never made whole, go after this. */
const LEFT_OVER_MS = 3_600_000

export class SharedLogs implements LogStorage {
  readonly shared = true
  readonly #records: Records
  readonly #guests: GuestRecords

  constructor(tables: StateTables) {
    this.#records = new Records(tables, 'incident')
    this.#guests = new GuestRecords(tables)
  }

  async stamps(ids?: readonly string[]): Promise<Result<ReadonlyMap<string, string>>> {
    const found = await this.#records.stamps(ids)
    if (!found.ok) return found
    const stamps = new Map<string, string>()
    for (const [id, { stamp, whole }] of found.value) if (whole) stamps.set(id, stamp)
    return ok(stamps)
  }

  async read(ids: readonly string[]): Promise<Result<ReadonlyMap<string, Result<StoredLog>>>> {
    // Before the entries: one that comes in between makes the stamp old, not the log.
    const stamps = await this.stamps(ids)
    if (!stamps.ok) return stamps
    const logs = new Map<string, Result<StoredLog>>()
    const found = await this.#records.of(ids)
    if (!found.ok) {
      if (found.failure.kind !== 'too-large') return found
      if (ids.length === 1) return ok(new Map([[ids[0], found]]))
      for (const id of ids) {
        const one = await this.read([id])
        if (!one.ok) return one
        for (const [key, log] of one.value) logs.set(key, log)
      }
      return ok(logs)
    }
    for (const id of ids) {
      const stamp = stamps.value.get(id)
      const records = found.value.get(id)
      logs.set(id, stamp === undefined || records === undefined ? noIncident() : ok(logOf(records, stamp)))
    }
    return ok(logs)
  }

  async create(id: string, entries: readonly Entry[]): Promise<Result<undefined>> {
    const here = await this.stamps([id])
    if (!here.ok) return here
    if (here.value.has(id)) return taken()
    const [first, ...more] = recordsOf(id, entries)
    // What makes it an incident comes last.
    const added = await this.#records.add([...more, first])
    return added.ok ? added : this.#unheard(id, entries, 'The incident was not made', added.failure)
  }

  async append(id: string, entries: readonly Entry[]): Promise<Result<undefined>> {
    const added = await this.#records.add(recordsOf(id, entries))
    return added.ok ? added : this.#unheard(id, entries, 'The change was not saved', added.failure)
  }

  /** An insert that was not answered may have been taken all the same: what is there says so. */
  async #unheard(id: string, entries: readonly Entry[], what: string, failure: Failure): Promise<Result<undefined>> {
    const found = await this.#records.of([id])
    if (!found.ok) return not(`${what}, or nobody heard that it was`, failure)
    const here = new Set((found.value.get(id) ?? []).map((record) => record.id))
    return entries.every((entry) => here.has(entry.id)) ? ok(undefined) : not(what, failure)
  }

  async remove(id: string): Promise<Result<undefined>> {
    const here = await this.stamps([id])
    if (!here.ok) return here
    if (!here.value.has(id)) return noIncident()
    const guests = await this.#guests.remove(id)
    const removed = guests.ok ? await this.#records.remove([id]) : guests
    return removed.ok ? removed : not('The incident was not deleted whole', removed.failure)
  }

  async sweep(): Promise<Result<undefined>> {
    const stamps = await this.#records.stamps()
    if (!stamps.ok) return stamps
    const before = Date.now() - LEFT_OVER_MS
    const over = [...stamps.value].filter(([, { whole, newestMs }]) => !whole && newestMs < before)
    return this.#records.remove(over.map(([id]) => id))
  }
}

/** Entries as records under `key`. */
export function recordsOf(key: string, entries: readonly Entry[]): readonly NewRecord[] {
  return entries.map((entry) => ({
    key,
    seq: entry.seq,
    id: entry.id,
    head: entry.change.kind === 'created',
    body: JSON.stringify(entry),
  }))
}

/** Each record for itself: one that cannot be read is named, the others count. */
export function logOf(records: readonly KeptRecord[], stamp: string): StoredLog {
  const entries: Entry[] = []
  const damaged: Damage[] = []
  let bytes = 0
  for (const [i, record] of records.entries()) {
    bytes += record.body.length
    const entry = entryIn(record.body)
    if (entry.ok) entries.push(entry.value)
    else damaged.push({ what: `Change ${formatExact(i + 1)} of the log`, why: entry.failure.what })
  }
  return { entries, damaged, bytes, stamp }
}

function entryIn(body: string): Result<Entry> {
  try {
    return parseEntry(JSON.parse(body))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return fail('unavailable', 'evidence', 'It is not JSON.', 'Import an archive of the incident.')
  }
}

/** What did not happen, and why. */
export function not<T = never>(what: string, { kind, source, what: why, tryThis }: Failure): Result<T> {
  return fail(kind, source, `${what}: ${why}`, tryThis)
}
