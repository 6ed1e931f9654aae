import { join } from 'node:path'
import { expect, test } from 'vitest'
import { recordedIn } from '../http/replay.fixture.ts'
import { NativeBlocks } from './native-blocks.ts'
import { SPAN_TYPES } from './span-selection.ts'

/** What the real engine answered about the spans of the payloads' traces. */
const BODIES = recordedIn(join(import.meta.dirname, 'fixtures/payloads-chdb-3.4.0'))
  .filter((one) => one.sent?.endsWith('FORMAT Native') && one.body.length > 0)
  .map((one) => Buffer.from(one.body))

/** Rows and texts of a body that comes in pieces of `size` bytes. */
function read(body: Uint8Array, size: number) {
  const seen: string[] = []
  const blocks = new NativeBlocks(SPAN_TYPES, ({ rows, bytes, columns }) => {
    seen.push(`${rows} rows`)
    for (const { keyFrom, keyTo } of columns)
      keyFrom.forEach((from, k) => {
        seen.push(Buffer.from(bytes.subarray(from, keyTo[k])).toString())
      })
    return true
  })
  for (let at = 0; at < body.length; at += size) blocks.take(body.subarray(at, at + size))
  return { seen, state: blocks.state }
}

test('a body reads the same however it is cut', () => {
  expect(BODIES.length).toBeGreaterThan(3)
  for (const body of BODIES) {
    const whole = read(body, body.length)
    expect(whole.state).toBe('whole')
    expect(whole.seen.length).toBeGreaterThan(5)
    for (const size of [1, 7, 1_000]) expect(read(body, size)).toEqual(whole)
  }
})

test('an end within a block, and an exception behind one, are told from a whole body', () => {
  const [body] = BODIES
  expect(read(body.subarray(0, -1), 100).state).toBe('within')
  const text = 'Code: 241. DB::Exception: Memory limit (for query) exceeded.\n'
  const broken = read(Buffer.concat([body, Buffer.from(text)]), 100)
  expect(broken.state).toBe('foreign')
  expect(broken.seen).toEqual(read(body, 100).seen)
})

test('whatever comes, nothing is thrown and no block is made up', () => {
  let state = 1
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  for (const html of ['<!doctype html><title>Login</title>', '{"data":[]}\n'])
    expect(read(Buffer.from(html), 5)).toEqual({ seen: [], state: 'foreign' })
  const [body] = BODIES
  for (let round = 0; round < 2_000; round++) {
    const damaged = Uint8Array.from(body)
    for (let k = 0; k < 3; k++) damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256)
    expect(['whole', 'within', 'foreign']).toContain(read(damaged, 4_096).state)
  }
})
