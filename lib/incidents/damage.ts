/** Which pieces of what is frozen cannot be read. */
import type { Damage } from '../evidence/answers.ts'
import { type Manifest, piecesIn } from '../evidence/manifest.ts'
import type { EvidenceStore } from './blobs.ts'
import { guildWords, spanOfTime } from './words.ts'

/** Up to so many bytes are checked before the answer; more are checked behind it, and named in the next one. */
const AT_ONCE_BYTES = 32 * 2 ** 20
/** How long a look counts: disks do not rot by the second, and pages ask often. */
const FRESH_MS = 60_000
const REMEMBERED = 64

interface Look {
  readonly atMs: number
  found: readonly Damage[]
  readonly done: Promise<void>
}

export class DamageWatch {
  readonly #evidence: EvidenceStore
  readonly #looks = new Map<string, Look>()

  constructor(evidence: EvidenceStore) {
    this.#evidence = evidence
  }

  /** `sha`: the manifest's. Each piece is read and its checksum compared. */
  async damaged(sha: string, manifest: Manifest, nowMs: number): Promise<readonly Damage[]> {
    let look = this.#looks.get(sha)
    if (look === undefined || nowMs - look.atMs > FRESH_MS) {
      look = this.#begin(manifest, nowMs, look?.found ?? [])
      this.#looks.delete(sha)
      this.#looks.set(sha, look)
      for (const oldest of this.#looks.keys()) {
        if (this.#looks.size <= REMEMBERED) break
        this.#looks.delete(oldest)
      }
    }
    const bytes = piecesIn(manifest).reduce((sum, piece) => sum + piece.storedBytes, 0)
    if (bytes <= AT_ONCE_BYTES) await look.done
    return look.found
  }

  /** After something was mended. */
  forget(): void {
    this.#looks.clear()
  }

  #begin(manifest: Manifest, atMs: number, before: readonly Damage[]): Look {
    const names = pieceNames(manifest)
    const nameOf = (sha: string) => names.get(sha) ?? 'a piece'
    const done = this.#evidence.faults(piecesIn(manifest), nameOf).then((faults) => {
      look.found = faults.ok
        ? Array.from(faults.value, ([sha, why]) => ({ what: nameOf(sha), why }))
        : [{ what: 'What is frozen', why: faults.failure.what }]
    })
    // Whoever waits for it gets the error; where nobody does, the next look meets it again.
    done.catch(() => undefined)
    const look: Look = { atMs, found: before, done }
    return look
  }
}

/** SHA-256 of a piece → `the minutes of guild Pixel Arena (42), …`. */
export function pieceNames(manifest: Manifest): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const { side, piece } of manifest.minutes) {
    names.set(piece.sha256, `the minutes of ${guildWords(side)}, ${spanOfTime(side)}`)
  }
  for (const flame of manifest.flames) {
    const action = flame.action === undefined ? '' : `, ${flame.action}`
    names.set(flame.piece.sha256, `the flame graph of ${guildWords(flame)}${action}, ${spanOfTime(flame)}`)
  }
  for (const { side, piece } of manifest.lists) {
    names.set(piece.sha256, `the list of traces of ${guildWords(side)}, ${spanOfTime(side)}`)
  }
  for (const { traceId, piece } of manifest.traces) names.set(piece.sha256, `the trace ${traceId}`)
  return names
}
