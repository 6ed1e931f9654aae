/** The contract of every adapter over what the real engine answered (`backends/clickhouse*.backend.test.ts` ask the engine itself). */
import { join } from 'node:path'
import { LOST_BY } from '../contract/losses.ts'
import { payloadContract } from '../contract/payload-contract.ts'
import { RECORDED_BASE_MS } from '../contract/payloads.ts'
import { recordedTraces } from '../contract/subjects.fixture.ts'

payloadContract('ClickHouse (chdb 3.4.0), schema of store: clickhouse, recorded', {
  open: () => recordedTraces('clickhouse', join(import.meta.dirname, 'fixtures/payloads-chdb-3.4.0')),
  losses: LOST_BY.clickhouse,
  baseMs: RECORDED_BASE_MS,
  large: 'not recorded',
})

payloadContract('ClickHouse (chdb 3.4.0), attributes as JSON, recorded', {
  open: () => recordedTraces('clickhouse', join(import.meta.dirname, 'fixtures/payloads-json-chdb-3.4.0')),
  losses: LOST_BY['clickhouse json'],
  baseMs: RECORDED_BASE_MS,
  large: 'not recorded',
})
