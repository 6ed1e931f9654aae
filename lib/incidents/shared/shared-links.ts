import { ok, type Result } from '../../base/result.ts'
import { Records } from '../../clickstore/records.ts'
import type { StateTables } from '../../clickstore/state.ts'
import type { LinkStorage } from '../short-links.ts'

/** Short links in ClickHouse: one record each. */
export class SharedLinks implements LinkStorage {
  readonly #records: Records

  constructor(tables: StateTables) {
    this.#records = new Records(tables, 'short-link')
  }

  async has(hash: string): Promise<Result<boolean>> {
    const stamps = await this.#records.stamps([hash])
    return stamps.ok ? ok(stamps.value.has(hash)) : stamps
  }

  count(): Promise<Result<number>> {
    return this.#records.keys()
  }

  write(hash: string, text: string): Promise<Result<undefined>> {
    return this.#records.add([{ key: hash, seq: 0, id: 'link', head: true, body: text }])
  }

  async read(hash: string): Promise<Result<string | undefined>> {
    const found = await this.#records.of([hash])
    return found.ok ? ok(found.value.get(hash)?.[0]?.body) : found
  }
}
