/** Where the logs of incidents lie: records that are only added, under the id of their incident. */
import type { Result } from '../base/result.ts'
import type { Damage } from '../evidence/answers.ts'
import type { Entry } from '../model/incident.ts'

export interface StoredLog {
  readonly entries: readonly Entry[]
  readonly damaged: readonly Damage[]
  /** Of the log as it is stored. */
  readonly bytes: number
  readonly stamp: string
}

export interface LogStorage {
  /**
   * Whether others add here, too. Then what is remembered counts only while its stamp does, entries may come in between older ones, and two
   * of them may have the same `seq`.
   */
  readonly shared: boolean
  /** Incident → something that changes whenever its log does. Of all, or of those of `ids` that are there. */
  stamps(ids?: readonly string[]): Promise<Result<ReadonlyMap<string, string>>>
  /** Each for itself: one that cannot be read leaves the others alone. */
  read(ids: readonly string[]): Promise<Result<ReadonlyMap<string, Result<StoredLog>>>>
  /** Whole or not at all. `conflict` where the id is taken. */
  create(id: string, entries: readonly Entry[]): Promise<Result<undefined>>
  /** `log`: what they are added to. Resolves once they are kept. */
  append(id: string, entries: readonly Entry[], log: Pick<StoredLog, 'bytes'>): Promise<Result<undefined>>
  /** Deletes the log and all that hangs on it. */
  remove(id: string): Promise<Result<undefined>>
  /** What was never finished goes. */
  sweep(): Promise<Result<undefined>>
}
