import { noQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'
import { ok } from '@/lib/base/result'
import type { SourcesAnswer } from '@/lib/client/api'
import packageJson from '@/package.json'

export const GET = get(noQuery, noQuery, async ({ instance, signal }) => {
  const { store, receivers, config } = instance
  const [traces, timings, figures] = await Promise.all([
    store.traces.health(signal),
    store.timings.health(signal),
    store.stats(),
  ])
  return ok<SourcesAnswer>({
    nowMs: Date.now(),
    version: packageJson.version,
    sources: [traces, timings],
    receivers: receivers.status(),
    store: figures,
    retention: {
      minutes: config.retention.minutes,
      largeDays: config.retention.largeDays,
      largestGuilds: config.retention.largest,
      holdHours: config.retention.holdHours,
      diskCapBytes: config.retention.diskCap,
    },
  })
})
