/**
 * Bytes by their SHA-256, cut into parts. Whoever writes does so as a batch of their own and never relies on rows of another batch: so rows
 * can be deleted by batch without looking who else writes the same just now.
 */
import { ok, type Result } from '../base/result.ts'
import { literal, literals, type StateTables } from './state.ts'

const PART_BYTES = 2 ** 20
/** Parts of one insert, and of one answer. */
const PARTS_AT_ONCE = 8
/** Names in one statement. */
const NAMES_AT_ONCE = 500

export interface PieceToWrite {
  readonly sha256: string
  readonly bytes: Uint8Array
}

export class Pieces {
  readonly #tables: StateTables

  constructor(tables: StateTables) {
    this.#tables = tables
  }

  get source(): string {
    return this.#tables.source
  }

  /** All of them are acknowledged when it resolves. */
  async write(batch: string, pieces: readonly PieceToWrite[]): Promise<Result<undefined>> {
    let rows: string[] = []
    let size = 0
    const flush = async () => {
      const text = rows.join('')
      rows = []
      size = 0
      return text === ''
        ? ok(undefined)
        : this.#tables.insert(this.#tables.pieces, 'Sha256, Part, Parts, Batch, Base64', text)
    }
    for (const { sha256, bytes } of pieces) {
      const parts = Math.max(1, Math.ceil(bytes.byteLength / PART_BYTES))
      for (let part = 0; part < parts; part++) {
        const base64 = Buffer.from(bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES)).toString('base64')
        rows.push(`{"Sha256":"${sha256}","Part":${part},"Parts":${parts},"Batch":"${batch}","Base64":"${base64}"}\n`)
        size += base64.length
        if (size < PARTS_AT_ONCE * PART_BYTES) continue
        const written = await flush()
        if (!written.ok) return written
      }
    }
    return flush()
  }

  /** Batches that hold all parts of a piece, the newest first. */
  async batches(sha256: string): Promise<Result<readonly { readonly batch: string; readonly parts: number }[]>> {
    const rows = await this.#tables.select(
      `Batch, any(Parts) AS parts FROM ${this.#tables.pieces} WHERE Sha256 = ${literal(sha256)} GROUP BY Batch HAVING uniqExact(Part) = parts ORDER BY max(WrittenAt) DESC, Batch LIMIT 20`,
    )
    return rows.ok ? ok(rows.value.map(([batch, parts]) => ({ batch, parts: Number(parts) }))) : rows
  }

  /** The bytes that a batch wrote, unchecked; undefined where a part is missing or they are more than `most`. */
  async read(
    sha256: string,
    batch: string,
    parts: number,
    most: number,
  ): Promise<Result<Uint8Array<ArrayBuffer> | undefined>> {
    if (parts * PART_BYTES > most + PART_BYTES) return ok(undefined)
    const chunks: Buffer[] = []
    for (let from = 0; from < parts; from += PARTS_AT_ONCE) {
      const to = Math.min(parts, from + PARTS_AT_ONCE)
      const rows = await this.#tables.select(
        `base64Encode(Bytes) FROM ${this.#tables.pieces} WHERE Sha256 = ${literal(sha256)} AND Batch = ${literal(batch)} AND Part >= ${from} AND Part < ${to} ORDER BY Part LIMIT 1 BY Part`,
      )
      if (!rows.ok) return rows
      if (rows.value.length !== to - from) return ok(undefined)
      for (const [base64] of rows.value) chunks.push(Buffer.from(base64, 'base64'))
    }
    return ok(new Uint8Array(Buffer.concat(chunks)))
  }

  /** Those of `shas` of which no batch holds the right bytes: the server compares checksums, nothing travels. */
  async faults(shas: readonly string[]): Promise<Result<ReadonlySet<string>>> {
    const wrong = new Set(shas)
    for (let at = 0; at < shas.length; at += NAMES_AT_ONCE) {
      const rows = await this.#tables.select(
        `DISTINCT Sha256 FROM (
  SELECT Sha256, lower(hex(SHA256(arrayStringConcat(arrayMap(part -> part.2, arraySort(part -> part.1, groupArray((Part, Bytes)))))))) AS found
  FROM (SELECT Sha256, Batch, Part, Bytes FROM ${this.#tables.pieces} WHERE Sha256 IN ${literals(shas.slice(at, at + NAMES_AT_ONCE))} LIMIT 1 BY Sha256, Batch, Part)
  GROUP BY Sha256, Batch
) WHERE found = Sha256`,
      )
      if (!rows.ok) return rows
      for (const [sha] of rows.value) wrong.delete(sha)
    }
    return ok(wrong)
  }

  /** Every batch that wrote some of these, as it stands now. */
  async batchesOf(shas: readonly string[]): Promise<Result<ReadonlySet<string>>> {
    const found = new Set<string>()
    for (let at = 0; at < shas.length; at += NAMES_AT_ONCE) {
      const rows = await this.#tables.select(
        `DISTINCT Batch FROM ${this.#tables.pieces} WHERE Sha256 IN ${literals(shas.slice(at, at + NAMES_AT_ONCE))}`,
      )
      if (!rows.ok) return rows
      for (const [batch] of rows.value) found.add(batch)
    }
    return ok(found)
  }

  /** Pieces whose newest row is older than so many seconds. */
  async olderThan(seconds: number): Promise<Result<ReadonlySet<string>>> {
    const rows = await this.#tables.select(
      `Sha256 FROM ${this.#tables.pieces} GROUP BY Sha256 HAVING max(WrittenAt) < now64(6) - toIntervalSecond(${Math.round(seconds)})`,
    )
    return rows.ok ? ok(new Set(rows.value.map(([sha]) => sha))) : rows
  }

  /** What these batches wrote of these pieces goes. */
  async remove(shas: readonly string[], batches: ReadonlySet<string>): Promise<Result<undefined>> {
    if (batches.size === 0) return ok(undefined)
    for (let at = 0; at < shas.length; at += NAMES_AT_ONCE) {
      const removed = await this.#tables.remove(
        this.#tables.pieces,
        `Sha256 IN ${literals(shas.slice(at, at + NAMES_AT_ONCE))} AND Batch IN ${literals(batches)}`,
      )
      if (!removed.ok) return removed
    }
    return ok(undefined)
  }

  removeBatch(batch: string): Promise<Result<undefined>> {
    return this.#tables.remove(this.#tables.pieces, `Batch = ${literal(batch)}`)
  }
}
