import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { hostOver } from './sources-host.ts'

const SPANS = 100_000
const BUSY_MS = 1_500
/** A loaded machine stalls by itself; parsing on this thread would stall it for all of `BUSY_MS`. */
const MOST_STALL_MS = BUSY_MS / 2

it('a source that computes does not stall the thread that serves pages', async () => {
  const module = new URL('./busy-thread.fixture.ts', import.meta.url).href
  const host = await hostOver(
    new Map([['busy', 'zipkin']]),
    () =>
      new Worker(`import('tsx/esm/api').then((tsx) => { tsx.register(); return import(${JSON.stringify(module)}) })`, {
        eval: true,
      }),
  )
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }, 2)
  const startMs = performance.now()
  const answer = await host.traces.get('busy')?.trace('1', undefined, new AbortController().signal)
  const tookMs = performance.now() - startMs
  await new Promise((resolve) => setTimeout(resolve, 20))
  clearInterval(timer)
  await host.close()
  expect(answer).toMatchObject({ ok: true, value: { spans: { count: SPANS } } })
  expect(tookMs).toBeGreaterThan(BUSY_MS - 50)
  expect(longest).toBeLessThan(MOST_STALL_MS)
})
