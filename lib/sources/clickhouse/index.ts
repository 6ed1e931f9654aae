import type { SettingsOf } from '../../config/source-fields.ts'
import type { BackendClient } from '../http/backend-client.ts'
import type { OpenedSource } from '../open-source.ts'
import { sampledTimings } from '../sampled/sampled-timings.ts'
import { ClickHouseTraces } from './source.ts'
import { clickhouseSamples } from './timings.ts'

/** Traces from the collector's tables, minutes of guilds from `guild_timings`. Asks nothing yet. */
export function openClickhouseSource(
  name: string,
  settings: SettingsOf<'clickhouse'>,
  client: BackendClient,
): OpenedSource {
  return {
    ...(settings.traces ? { traces: new ClickHouseTraces(name, settings, client) } : {}),
    ...(settings.timings ? { timings: sampledTimings(clickhouseSamples(name, settings, client)) } : {}),
  }
}
