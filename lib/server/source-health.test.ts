import { expect, test } from 'vitest'
import type { SourceHealth } from '../sources/trace-source.ts'
import { HealthWatch } from './source-health.ts'

const NEVER = new AbortController().signal

function watched() {
  const asked: ((health: SourceHealth) => void)[] = []
  const source = {
    health: () => new Promise<SourceHealth>((resolve) => asked.push(resolve)),
  }
  let nowMs = 100_000
  const watch = new HealthWatch([{ name: 'jaeger', kind: 'jaeger', what: 'traces', source }], () => nowMs)
  return {
    watch,
    asked,
    answer: (n: number, version: string) => asked[n]({ name: 'jaeger', kind: 'jaeger', ok: true, version, facts: [] }),
    pass: (ms: number) => {
      nowMs += ms
    },
  }
}

test('an answer of the last seconds serves everybody, and "try it" always asks', async () => {
  const { watch, asked, answer, pass } = watched()
  const both = [watch.recent(NEVER), watch.recent(NEVER)]
  expect(asked.length).toBe(1)
  answer(0, '1')
  expect((await Promise.all(both)).map(([health]) => health.version)).toEqual(['1', '1'])
  pass(4_000)
  expect((await watch.recent(NEVER))[0].version).toBe('1')
  expect(asked.length).toBe(1)
  const tried = watch.tryIt('jaeger', NEVER)
  expect(asked.length).toBe(2)
  answer(1, '2')
  expect(await tried).toMatchObject({ ok: true, value: [{ version: '2' }] })
  pass(5_000)
  const later = watch.recent(NEVER)
  expect(asked.length).toBe(3)
  answer(2, '3')
  expect((await later)[0].version).toBe('3')
})

test('"try it" does not wait for who has been asked before, whose late answer is then not the newest', async () => {
  const { watch, asked, answer, pass } = watched()
  const slow = watch.recent(NEVER)
  pass(1_000)
  const tried = watch.tryIt('jaeger', NEVER)
  expect(asked.length).toBe(2)
  answer(1, 'new')
  await tried
  answer(0, 'old')
  expect((await slow)[0].version).toBe('new')
})
