/** The contract of every adapter over what a real Zipkin 3.5.1 answered (`backends/zipkin-payloads.backend.test.ts` asks the server itself). */
import { join } from 'node:path'
import { LOST_BY } from '../contract/losses.ts'
import { payloadContract } from '../contract/payload-contract.ts'
import { RECORDED_BASE_MS } from '../contract/payloads.ts'
import { recordedTraces } from '../contract/subjects.fixture.ts'

const WAYS = { 'zipkin by the collector': 'payloads-3.5.1-collector', zipkin: 'payloads-3.5.1' } as const

for (const way of ['zipkin by the collector', 'zipkin'] as const)
  payloadContract(`${way}, 3.5.1, recorded`, {
    open: () => recordedTraces('zipkin', join(import.meta.dirname, 'fixtures', WAYS[way])),
    losses: LOST_BY[way],
    baseMs: RECORDED_BASE_MS,
    large: 'not recorded',
  })
