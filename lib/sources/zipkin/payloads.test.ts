/** The contract of every adapter over what a real Zipkin 3.5.1 answered (`backends/zipkin-payloads.backend.test.ts` asks the server itself). */
import { join } from 'node:path'
import { LOST_BY } from '../contract/losses.ts'
import { payloadContract } from '../contract/payload-contract.ts'
import { RECORDED_BASE_MS } from '../contract/payloads.ts'
import { recordedTraces } from '../contract/subjects.fixture.ts'

payloadContract('zipkin 3.5.1, recorded', {
  open: () => recordedTraces('zipkin', join(import.meta.dirname, 'fixtures/payloads-3.5.1')),
  losses: LOST_BY.zipkin,
  baseMs: RECORDED_BASE_MS,
  large: 'not recorded',
})
