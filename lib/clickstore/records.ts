/**
 * Records under a key: only added, each with an id of its own, so that two copies that add at the same time lose nothing. Their order is
 * that of `seq`, and of the ids where two copies gave the same `seq`; it is the same for everybody.
 */
import { ok, type Result } from '../base/result.ts'
import { literal, literals, type StateTables } from './state.ts'

/** Characters of one insert. */
const INSERT_CHARS = 8 * 2 ** 20
/** Keys in one statement: a server takes 256 KiB of it. */
const KEYS_AT_ONCE = 1_000
const SELECTED = 'Key, Seq, Id, Head, toUnixTimestamp64Milli(At), base64Encode(Body)'

export interface NewRecord {
  readonly key: string
  readonly seq: number
  /** The same id under the same key counts once. */
  readonly id: string
  /** Makes the key: records without it are left over from something that was never finished, or is deleted. */
  readonly head: boolean
  readonly body: string
}

export interface KeptRecord extends NewRecord {
  /** Clock of the server. */
  readonly atMs: number
}

export interface KeyStamp {
  /** Changes whenever a record is added; now and then without. */
  readonly stamp: string
  readonly whole: boolean
  readonly newestMs: number
}

export class Records {
  readonly #tables: StateTables
  readonly #kind: string

  constructor(tables: StateTables, kind: string) {
    this.#tables = tables
    this.#kind = kind
  }

  get source(): string {
    return this.#tables.source
  }

  /** In one piece up to 8 MiB; beyond, in the order given: what makes the rest count comes last. */
  async add(records: readonly NewRecord[]): Promise<Result<undefined>> {
    let rows = ''
    const flush = async () => {
      const text = rows
      rows = ''
      return text === ''
        ? ok(undefined)
        : this.#tables.insert(this.#tables.records, 'Kind, Key, Seq, Id, Head, Body', text)
    }
    for (const { key, seq, id, head, body } of records) {
      rows += `${JSON.stringify({ Kind: this.#kind, Key: key, Seq: seq, Id: id, Head: head ? 1 : 0, Body: body })}\n`
      if (rows.length < INSERT_CHARS) continue
      const added = await flush()
      if (!added.ok) return added
    }
    return flush()
  }

  /** Records of these keys, each id once, in order. */
  async of(keys: readonly string[]): Promise<Result<ReadonlyMap<string, readonly KeptRecord[]>>> {
    const found = new Map<string, KeptRecord[]>()
    for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
      const some = await this.#of(keys.slice(at, at + KEYS_AT_ONCE), found)
      if (!some.ok) return some
    }
    return ok(found)
  }

  async #of(keys: readonly string[], found: Map<string, KeptRecord[]>): Promise<Result<undefined>> {
    const rows = await this.#tables.select(
      `${SELECTED} FROM ${this.#tables.records} WHERE Kind = ${literal(this.#kind)} AND Key IN ${literals(keys)} ORDER BY Key, Seq, Id, At`,
    )
    if (!rows.ok) return rows
    const seen = new Set<string>()
    for (const [key, seq, id, head, at, body] of rows.value) {
      if (body === undefined) return this.#tables.unexpected('for records')
      if (seen.has(`${key} ${id}`)) continue
      seen.add(`${key} ${id}`)
      const record = {
        key,
        seq: Number(seq),
        id,
        head: head === '1',
        atMs: Number(at),
        body: Buffer.from(body, 'base64').toString(),
      }
      const known = found.get(key)
      if (known === undefined) found.set(key, [record])
      else known.push(record)
    }
    return ok(undefined)
  }

  /** Of all keys, or of these. Bodies are not read. */
  async stamps(keys?: readonly string[]): Promise<Result<ReadonlyMap<string, KeyStamp>>> {
    const only = keys === undefined ? '' : ` AND Key IN ${literals(keys)}`
    const rows = await this.#tables.select(
      `Key, count(), sum(cityHash64(Seq, Id)), max(Head), toUnixTimestamp64Milli(max(At)) FROM ${this.#tables.records} WHERE Kind = ${literal(this.#kind)}${only} GROUP BY Key`,
    )
    if (!rows.ok) return rows
    const stamps = new Map<string, KeyStamp>()
    for (const [key, count, sum, head, at] of rows.value)
      stamps.set(key, { stamp: `${count}-${sum}`, whole: head === '1', newestMs: Number(at) })
    return ok(stamps)
  }

  /** How many there are of each key, each id once, and when the newest came. */
  async counts(
    keys: readonly string[],
  ): Promise<Result<ReadonlyMap<string, { readonly count: number; readonly newestMs: number }>>> {
    const rows = await this.#tables.select(
      `Key, uniqExact(Id), toUnixTimestamp64Milli(max(At)) FROM ${this.#tables.records} WHERE Kind = ${literal(this.#kind)} AND Key IN ${literals(keys)} GROUP BY Key`,
    )
    if (!rows.ok) return rows
    return ok(new Map(rows.value.map(([key, count, at]) => [key, { count: Number(count), newestMs: Number(at) }])))
  }

  async keys(): Promise<Result<number>> {
    const rows = await this.#tables.select(
      `uniqExact(Key) FROM ${this.#tables.records} WHERE Kind = ${literal(this.#kind)}`,
    )
    return rows.ok ? ok(Number(rows.value[0]?.[0] ?? 0)) : rows
  }

  async remove(keys: readonly string[]): Promise<Result<undefined>> {
    for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
      const some = literals(keys.slice(at, at + KEYS_AT_ONCE))
      const removed = await this.#tables.remove(
        this.#tables.records,
        `Kind = ${literal(this.#kind)} AND Key IN ${some}`,
      )
      if (!removed.ok) return removed
    }
    return ok(undefined)
  }
}
