import { expect, test } from 'vitest'
import { decodeTracesProtobuf } from '../lib/model/otlp/decode.ts'
import { DEFAULT_MAPPING } from '../lib/model/span-batch.ts'
import { makeTemplate } from './payload.ts'

test('a patched template is a valid request with fresh ids, parents and times', () => {
  const template = makeTemplate(100, 3)
  const first = decodeTracesProtobuf(template.next(1_000), DEFAULT_MAPPING)
  const second = decodeTracesProtobuf(template.next(2_000), DEFAULT_MAPPING)
  if (!first.ok || !second.ok) throw new Error('did not decode')
  const batch = first.value
  expect(batch.count).toBe(100)
  expect(batch.rejected).toEqual([])
  expect(new Set(batch.spanId.subarray(0, 100)).size).toBe(100)
  expect(batch.parentId[0]).toBe(0n)
  expect(batch.parentId[19]).toBe(batch.spanId[0])
  expect(batch.parentId[25]).toBe(batch.spanId[20])
  expect(batch.startNs[0]).toBe(1_000_000_000n)
  expect(batch.endNs[0] - batch.startNs[0]).toBe(100_000n)
  expect(batch.traceIdHi[0]).not.toBe(second.value.traceIdHi[0])
  expect(batch.strings[batch.actionId[0]]).toBe('message_create')
})
