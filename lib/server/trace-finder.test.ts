import { expect, test } from 'vitest'
import { fail, ok } from '../base/result.ts'
import { absentTraces } from '../sources/absent.ts'
import type { TraceSource } from '../sources/trace-source.ts'
import { TraceFinder } from './trace-finder.ts'

const ID = 'ab'.repeat(16)
const NEVER = new AbortController().signal
const none = { kind: 'not-found', source: 'x', what: 'It is not here.', tryThis: 'Look elsewhere.' } as const

function source(name: string, spanIds: TraceSource['spanIds']): TraceSource {
  return { ...absentTraces(none), name, spanIds }
}
const having = (name: string, spans: number) => source(name, async () => ok(new BigUint64Array(spans)))
const silent = (name: string) => source(name, () => new Promise(() => {}))

test('the most complete is proposed; a slow one and a failing one keep nobody waiting', async () => {
  const broken = source('zipkin', async () => fail('unavailable', 'zipkin', 'zipkin refused.', 'Start it.'))
  const finder = new TraceFinder(() => [having('embedded', 3), having('jaeger', 5), broken, silent('tempo')])
  const began = performance.now()
  const found = await finder.find(ID, true, NEVER)
  expect(performance.now() - began).toBeLessThan(1_500)
  expect(found).toEqual({
    best: 'jaeger',
    sources: [
      { name: 'embedded', state: 'found', spans: 3 },
      { name: 'jaeger', state: 'found', spans: 5 },
      { name: 'zipkin', state: 'failed', what: 'zipkin refused.' },
      { name: 'tempo', state: 'asking' },
    ],
  })
})

test('nobody has it: said as soon as all have said so', async () => {
  const finder = new TraceFinder(() => [source('a', async () => ({ ok: false, failure: none }))])
  expect(await finder.find(ID, true, NEVER)).toEqual({ sources: [{ name: 'a', state: 'absent' }] })
})

test('of as many spans, the preferred source', async () => {
  const finder = new TraceFinder(() => [having('first', 4), having('second', 4)])
  expect((await finder.find(ID, true, NEVER)).best).toBe('first')
})

test('a thrown error is that source’s alone, and one search serves all who ask', async () => {
  let asked = 0
  const bug = source('bug', async () => {
    asked++
    throw new Error('a bug')
  })
  const finder = new TraceFinder(() => [bug, having('good', 1)])
  expect((await finder.find(ID, true, NEVER)).best).toBe('good')
  expect((await finder.find(ID, false, NEVER)).sources[0].state).toBe('failed')
  expect(asked).toBe(1)
})
