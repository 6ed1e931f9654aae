/**
 * The contract of every timings service over what a real Prometheus 2.42 and a real VictoriaMetrics 1.79 answered
 * (`backends/prometheus-timings.backend.test.ts` asks the servers themselves).
 */
import { join } from 'node:path'
import { expect } from 'vitest'
import { sourceSettings } from '../../config/source-fields.ts'
import { RECORDED_BASE_MS } from '../contract/payloads.ts'
import { SCRAPED_LOSSES, timingsContract } from '../contract/timings-contract.ts'
import { createBackendClient } from '../http/create-client.ts'
import { recordedIn, startReplay } from '../http/replay.fixture.ts'
import { openPrometheusSource } from './index.ts'

for (const server of ['prometheus-2.42', 'victoria-metrics-1.79'])
  timingsContract(
    `${server}, recorded`,
    async () => {
      const replay = await startReplay(recordedIn(join(import.meta.dirname, `fixtures/contract-${server}`)))
      const settings = sourceSettings.parse({ kind: 'prometheus', url: replay.url, retentionMinutes: 1_440 })
      if (settings.kind !== 'prometheus') throw new Error('not this kind')
      const client = createBackendClient('prometheus', settings)
      return {
        source: openPrometheusSource('prometheus', settings, client, () => RECORDED_BASE_MS).timings,
        send: async () => {},
        close: async () => {
          await client.close()
          await replay.close()
          expect(replay.unmatched).toEqual([])
        },
      }
    },
    { losses: SCRAPED_LOSSES, nowMs: RECORDED_BASE_MS },
  )
