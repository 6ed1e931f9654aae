import { noQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'
import { ok } from '@/lib/base/result'
import type { SourcesAnswer } from '@/lib/client/api'
import packageJson from '@/package.json'

export const GET = get(noQuery, noQuery, async ({ instance, signal }) => {
  const { store, sources, receivers, config } = instance
  const [health, figures] = await Promise.all([sources.health(signal), store?.stats()])
  return ok<SourcesAnswer>({
    nowMs: Date.now(),
    version: packageJson.version,
    sources: health,
    choices: sources.choices(),
    links: sources.linksOut(),
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
