/** The contract of every adapter over what a real Jaeger 1.76.0 answered (`backends/jaeger-traces.backend.test.ts` asks the server itself). */
import { join } from 'node:path'
import { LOST_BY } from '../contract/losses.ts'
import { payloadContract } from '../contract/payload-contract.ts'
import { RECORDED_BASE_MS } from '../contract/payloads.ts'
import { recordedTraces } from '../contract/subjects.fixture.ts'

/** Its health looks for the newest traces of all, up to now; every other search is for the same hours. */
const anyValueOf = ['start', 'end', 'query.start_time_min', 'query.start_time_max']

for (const api of ['v3', 'v1'] as const)
  payloadContract(`jaeger 1.76, API ${api}, recorded`, {
    open: () => recordedTraces('jaeger', join(import.meta.dirname, `fixtures/payloads-1.76.0-${api}`), { anyValueOf }),
    losses: LOST_BY[`jaeger ${api}`],
    baseMs: RECORDED_BASE_MS,
    large: 'not recorded',
  })
