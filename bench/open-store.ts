/** The embedded store as the benches open it: as it is shipped, but keeping two hours. */
import { DEFAULT_MAPPING } from '../lib/model/span-batch.ts'
import { openStore } from '../lib/store/embedded.ts'
import type { EmbeddedStore } from '../lib/store/types.ts'

/** Throws with the sentence why it cannot be opened. */
export async function openBenchStore(dataDir: string): Promise<EmbeddedStore> {
  const store = await openStore({
    dataDir,
    mapping: DEFAULT_MAPPING,
    retentionMinutes: 120,
    largeRetentionDays: 30,
    largestGuilds: 20,
    diskCapBytes: 20e9,
    holdHours: 24,
    holdBeforeMinutes: 30,
    holdAfterSaturatedMinutes: 3,
    memoryLimitBytes: 192 * 2 ** 20,
  })
  if (!store.ok) throw new Error(store.failure.what)
  return store.value
}
