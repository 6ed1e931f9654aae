import { expect, test } from 'vitest'
import { ok, type Result } from '../../base/result.ts'
import { SharedSearch } from './shared-search.ts'

function search() {
  const begun: { readonly signal: AbortSignal; readonly answer: (value: number) => void }[] = []
  const run = (signal: AbortSignal) =>
    new Promise<Result<number>>((resolve) => begun.push({ signal, answer: (value) => resolve(ok(value)) }))
  return { begun, run, shared: new SharedSearch<number>() }
}

test('the same question at the same time is asked once, another or a later one by itself', async () => {
  const { begun, run, shared } = search()
  const signal = new AbortController().signal
  const answers = [shared.ask('a', signal, run), shared.ask('a', signal, run), shared.ask('b', signal, run)]
  expect(begun.length).toBe(2)
  begun[0].answer(1)
  begun[1].answer(2)
  expect(await Promise.all(answers)).toEqual([ok(1), ok(1), ok(2)])
  const later = shared.ask('a', signal, run)
  begun[2].answer(3)
  expect(await later).toEqual(ok(3))
})

test('who leaves is answered at once, and the search ends with the last who leaves', async () => {
  const { begun, run, shared } = search()
  const [one, other] = [new AbortController(), new AbortController()]
  const answers = [shared.ask('a', one.signal, run), shared.ask('a', other.signal, run)]
  one.abort()
  expect(await answers[0]).toMatchObject({ ok: false, failure: { kind: 'cancelled' } })
  expect(begun[0].signal.aborted).toBe(false)
  other.abort()
  expect(await answers[1]).toMatchObject({ ok: false, failure: { kind: 'cancelled' } })
  expect(begun[0].signal.aborted).toBe(true)
  void shared.ask('a', new AbortController().signal, run)
  expect(begun.length).toBe(2)
})
