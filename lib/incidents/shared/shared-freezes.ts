/** How far the freezes of all copies are, in ClickHouse: a record each time it is told. */
import { z } from 'zod'
import { ok, type Result } from '../../base/result.ts'
import { Records } from '../../clickstore/records.ts'
import type { StateTables } from '../../clickstore/state.ts'
import type { FreezeProgress } from '../../model/freeze.ts'
import type { FreezeBoard } from '../freeze-jobs.ts'
import { INCIDENT_ID } from '../ids.ts'

/** A copy that has said nothing for so long has ended, and its freezes with it. */
const SILENT_MS = 30_000
const DAY_MS = 86_400_000

const kept = z.discriminatedUnion('state', [
  z.object({ state: z.literal('running'), done: z.number(), total: z.number(), words: z.string() }),
  z.object({ state: z.literal('done'), incidentId: z.string(), missing: z.number() }),
  z.object({ state: z.literal('cancelled') }),
  z.object({ state: z.literal('failed'), what: z.string(), tryThis: z.string() }),
])

const ENDED: FreezeProgress = {
  state: 'failed',
  what: 'The copy of Guildscope that froze it has ended. Nothing half-made was left behind.',
  tryThis: 'Look whether the incident is in the list; if not, freeze again.',
}

export class SharedFreezes implements FreezeBoard {
  readonly #told: Records
  readonly #ends: Records
  #seq = 0

  constructor(tables: StateTables) {
    this.#told = new Records(tables, 'freeze')
    this.#ends = new Records(tables, 'freeze-end')
  }

  write(id: string, progress: FreezeProgress): Promise<Result<undefined>> {
    const seq = ++this.#seq
    return this.#told.add([{ key: id, seq, id: String(seq), head: true, body: JSON.stringify(progress) }])
  }

  async read(id: string): Promise<Result<FreezeProgress | undefined>> {
    if (!INCIDENT_ID.test(id)) return ok(undefined)
    const found = await this.#told.of([id])
    if (!found.ok) return found
    const last = found.value.get(id)?.at(-1)
    if (last === undefined) return ok(undefined)
    const progress = kept.parse(JSON.parse(last.body))
    return ok(progress.state === 'running' && Date.now() - last.atMs > SILENT_MS ? ENDED : progress)
  }

  askForEnd(id: string): Promise<Result<undefined>> {
    return this.#ends.add([{ key: id, seq: 0, id: 'end', head: true, body: '' }])
  }

  async toEnd(ids: readonly string[]): Promise<Result<ReadonlySet<string>>> {
    const stamps = await this.#ends.stamps(ids)
    return stamps.ok ? ok(new Set(stamps.value.keys())) : stamps
  }

  /** What nobody asks about any more goes. */
  async sweep(): Promise<Result<undefined>> {
    for (const records of [this.#told, this.#ends]) {
      const stamps = await records.stamps()
      if (!stamps.ok) return stamps
      const old = [...stamps.value].filter(([, { newestMs }]) => newestMs < Date.now() - DAY_MS)
      const removed = await records.remove(old.map(([key]) => key))
      if (!removed.ok) return removed
    }
    return ok(undefined)
  }
}
