/** A process of its own that sends spans to a store until it is killed; prints each trace id once it is acknowledged. */
import { DEFAULT_MAPPING } from '../model/span-batch.ts'
import { openStore } from './embedded.ts'

const dataDir = process.argv[2]
if (dataDir === undefined) throw new Error('Name a folder.')
const opened = await openStore({
  dataDir,
  mapping: DEFAULT_MAPPING,
  retentionMinutes: 60,
  largeRetentionDays: 30,
  largestGuilds: 0,
  diskCapBytes: 20e9,
  holdHours: 24,
  holdBeforeMinutes: 30,
  holdAfterSaturatedMinutes: 3,
  memoryLimitBytes: 192 * 2 ** 20,
})
if (!opened.ok) {
  console.log(`failed ${opened.failure.what}`)
  process.exit(1)
}
const store = opened.value
const utf8 = new TextEncoder()
let next = Number(process.argv[3] ?? 1)

async function lane(): Promise<never> {
  for (;;) {
    const traceId = (next++).toString(16).padStart(32, '7')
    const start = String(BigInt(Date.now()) * 1_000_000n)
    const spans = Array.from({ length: 100 }, (_, n) => ({
      traceId,
      spanId: (n + 1).toString(16).padStart(16, '0'),
      name: `span ${n}`,
      startTimeUnixNano: start,
      endTimeUnixNano: start,
    }))
    const body = utf8.encode(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }))
    const answer = await store.ingestTraces(body, 'json')
    if (answer.ok) console.log(traceId)
  }
}

await Promise.all([lane(), lane(), lane(), lane()])
