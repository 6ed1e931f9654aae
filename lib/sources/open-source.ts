import type { Failure } from '../base/result.ts'
import { offersOf } from '../config/source-checks.ts'
import type { SourceSettings } from '../config/source-fields.ts'
import { absentTimings, absentTraces } from './absent.ts'
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
      // Its timings are not read yet, and say so.
      return { ...unread(name, settings, 'timings of '), ...openClickhouseSource(name, settings, client) }
    case 'prometheus':
      return openPrometheusSource(name, settings, client)
    case 'timings-http':
      return openHttpTimings(name, settings, client)
    default:
      return unread(name, settings)
  }
}

/** A kind that the configuration knows and this version cannot read: it is listed, and says so to every question. */
function unread(name: string, settings: SourceSettings, part = ''): OpenedSource {
  const failure: Failure = {
    kind: 'unavailable',
    source: name,
    what: `${name} is not read: this version of Guildscope cannot read ${part}${settings.kind} yet.`,
    tryThis: 'Take it out of "sources" in the configuration, or use a version that reads it.',
  }
  const of = { name, kind: settings.kind }
  const offers = offersOf(settings)
  return {
    ...(offers.traces ? { traces: absentTraces(failure, of) } : {}),
    ...(offers.timings ? { timings: absentTimings(failure, of) } : {}),
  }
}
