/**
 * The contract of every timings service on the real Prometheus and the real VictoriaMetrics: samples arrive as scrapes of counters and gauges.
 * What such a service loses is the list, and nothing else.
 */
import { sourceSettings } from '../lib/config/source-fields.ts'
import { RECORDED_BASE_MS } from '../lib/sources/contract/payloads.ts'
import { SCRAPED_LOSSES, type TimingsSubject, timingsContract } from '../lib/sources/contract/timings-contract.ts'
import { createBackendClient } from '../lib/sources/http/create-client.ts'
import { openPrometheusSource } from '../lib/sources/prometheus/index.ts'
import type { Backend } from './process.ts'
import { startPrometheus } from './prometheus.ts'
import { isRecording, recorded } from './recorder.ts'
import { remoteWrite } from './remote-write.ts'
import { scraped } from './scraped-samples.ts'
import { startVictoriaMetrics } from './victoria-metrics.ts'

/** VictoriaMetrics hides what is newer than 30 s. */
const nowMs = isRecording ? RECORDED_BASE_MS : Date.now() - 120_000

async function subject(
  server: Backend,
  writePath: string,
  settle: () => Promise<void>,
  folder: string,
): Promise<TimingsSubject> {
  const recorder = await recorded(server.url, folder)
  const settings = sourceSettings.parse({ kind: 'prometheus', url: recorder.url, retentionMinutes: 1_440 })
  if (settings.kind !== 'prometheus') throw new Error('not this kind')
  const client = createBackendClient('prometheus', settings)
  return {
    source: openPrometheusSource('prometheus', settings, client, () => nowMs).timings,
    send: async (samples) => {
      await remoteWrite(server.url + writePath, scraped(samples, nowMs))
      await settle()
    },
    close: async () => {
      await client.close()
      await recorder.close()
      await server.stop()
    },
  }
}

timingsContract(
  'Prometheus 2.42',
  async () =>
    subject(await startPrometheus(), '/api/v1/write', async () => {}, 'prometheus/fixtures/contract-prometheus-2.42'),
  { losses: SCRAPED_LOSSES, nowMs },
)

timingsContract(
  'VictoriaMetrics 1.79',
  async () => {
    const server = await startVictoriaMetrics()
    const settle = async () => {
      // What was written is searched only after a while, and answers of before are remembered.
      for (const path of ['/internal/force_flush', '/internal/resetRollupResultCache']) await fetch(server.url + path)
    }
    return subject(server, '/api/v1/write', settle, 'prometheus/fixtures/contract-victoria-metrics-1.79')
  },
  { losses: SCRAPED_LOSSES, nowMs },
)
