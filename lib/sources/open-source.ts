import type { SourceSettings } from '../config/source-fields.ts'
import { openClickhouseSource } from './clickhouse/index.ts'
import { wholeTraceSource } from './fetched/whole-trace-source.ts'
import type { BackendClient } from './http/backend-client.ts'
import { jaegerBackend } from './jaeger/backend.ts'
import { openPrometheusSource } from './prometheus/index.ts'
import { tempoBackend } from './tempo/backend.ts'
import { openHttpTimings } from './timings-http/index.ts'
import type { TimingsSource } from './timings-source.ts'
import type { TraceSource } from './trace-source.ts'
import { zipkinBackend } from './zipkin/backend.ts'

/** What a configured source offers: traces, timings, or both. */
export interface OpenedSource {
  readonly traces?: TraceSource
  readonly timings?: TimingsSource
}

/** The adapter of a configured source over its client. Asks nothing yet. */
export function openSource(name: string, settings: SourceSettings, client: BackendClient): OpenedSource {
  switch (settings.kind) {
    case 'jaeger':
      return { traces: wholeTraceSource(jaegerBackend(name, settings, client)) }
    case 'tempo':
      return { traces: wholeTraceSource(tempoBackend(name, settings, client)) }
    case 'zipkin':
      return { traces: wholeTraceSource(zipkinBackend(name, settings, client)) }
    case 'clickhouse':
      return openClickhouseSource(name, settings, client)
    case 'prometheus':
      return openPrometheusSource(name, settings, client)
    case 'timings-http':
      return openHttpTimings(name, settings, client)
  }
}
