import type { SourceSettings } from '../config/source-fields.ts'
import type { BackendClient } from './http/backend-client.ts'
import type { TimingsSource } from './timings-source.ts'
import type { TraceSource } from './trace-source.ts'

/** What a configured source offers: traces, timings, or both. */
export interface OpenedSource {
  readonly traces?: TraceSource
  readonly timings?: TimingsSource
}

/** The adapter of a configured source over its client. Asks nothing yet. Undefined: this build has no adapter of that kind. */
export function openSource(_name: string, settings: SourceSettings, _client: BackendClient): OpenedSource | undefined {
  switch (settings.kind) {
    default:
      return undefined
  }
}
