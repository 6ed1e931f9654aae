import type { SettingsOf } from '../../config/source-fields.ts'
import type { BackendClient } from '../http/backend-client.ts'
import type { OpenedSource } from '../open-source.ts'
import { ClickHouseTraces } from './source.ts'

/** Traces from the collector's tables. Asks nothing yet. */
export function openClickhouseSource(
  name: string,
  settings: SettingsOf<'clickhouse'>,
  client: BackendClient,
): OpenedSource {
  return settings.traces ? { traces: new ClickHouseTraces(name, settings, client) } : {}
}
