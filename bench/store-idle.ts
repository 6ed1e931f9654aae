/** A process of its own that opens the store of a folder, waits, and prints its resident memory in bytes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openBenchStore } from './open-store.ts'

const dataDir = process.argv[2]
if (dataDir === undefined) throw new Error('Name a folder.')
const store = await openBenchStore(dataDir)
await sleep(20_000)
console.log(process.memoryUsage().rss)
await store.close()
