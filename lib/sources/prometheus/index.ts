import type { SettingsOf } from '../../config/source-fields.ts'
import type { BackendClient } from '../http/backend-client.ts'
import { sampledTimings } from '../sampled/sampled-timings.ts'
import type { TimingsSource } from '../timings-source.ts'
import { prometheusBackend } from './backend.ts'

/** Prometheus, VictoriaMetrics, and what else answers Prometheus's query API: minutes of guilds from counters. */
export function openPrometheusSource(
  name: string,
  settings: SettingsOf<'prometheus'>,
  client: BackendClient,
  now: () => number = Date.now,
): { readonly timings: TimingsSource } {
  return { timings: sampledTimings(prometheusBackend(name, settings, client, now), now) }
}
