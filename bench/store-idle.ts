/** A process of its own that opens the store of a folder, waits, and prints its resident memory in bytes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DEFAULT_MAPPING } from '../lib/model/span-batch.ts'
import { openStore } from '../lib/store/embedded.ts'

const dataDir = process.argv[2]
if (dataDir === undefined) throw new Error('Name a folder.')
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
await sleep(20_000)
console.log(process.memoryUsage().rss)
await store.value.close()
