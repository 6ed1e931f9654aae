import { expect, test } from 'vitest'
import { fail, ok } from '../base/result.ts'
import { type LongWork, progressResponse } from './progress.ts'

const asking = (accept: string) => new Request('http://127.0.0.1/api/x', { headers: { accept } })

const counts: LongWork<string> = async (_, onProgress) => {
  onProgress({ done: 1, of: 2, what: 'traces read' })
  await Promise.resolve()
  onProgress({ done: 2, of: 2, what: 'traces read' })
  return ok('all of it')
}

async function linesOf(response: Response): Promise<unknown[]> {
  return (await response.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

test('who accepts lines hears how far it is before the answer; who does not gets the answer alone', async () => {
  const lines = await linesOf(await progressResponse(counts, asking('application/x-ndjson')))
  expect(lines).toEqual([
    { progress: { done: 1, of: 2, what: 'traces read' } },
    { progress: { done: 2, of: 2, what: 'traces read' } },
    { answer: 'all of it' },
  ])
  expect(await (await progressResponse(counts, asking('*/*'))).json()).toBe('all of it')
})

test('a failure is the last line, or the status', async () => {
  const no: LongWork<string> = async () => fail('not-found', 'jaeger', 'There is none.', 'Look elsewhere.')
  const [line] = await linesOf(await progressResponse(no, asking('application/x-ndjson')))
  expect(line).toMatchObject({ failure: { kind: 'not-found', what: 'There is none.' } })
  expect((await progressResponse(no, asking('application/json'))).status).toBe(404)
})

test('a reader who leaves ends the work', async () => {
  let told: AbortSignal | undefined
  const endless: LongWork<string> = (signal, onProgress) => {
    told = signal
    onProgress({ done: 0, of: 1, what: 'traces read' })
    return new Promise(() => {})
  }
  const response = await progressResponse(endless, asking('application/x-ndjson'))
  const reader = response.body?.getReader()
  await reader?.read()
  expect(told?.aborted).toBe(false)
  await reader?.cancel()
  expect(told?.aborted).toBe(true)
})
