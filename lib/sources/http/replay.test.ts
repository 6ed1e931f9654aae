import { expect, test } from 'vitest'
import { startReplay } from './replay.fixture.ts'

test('a recording answers whatever the order of the parameters, and what is not recorded is said', async () => {
  const replay = await startReplay(
    [
      { request: 'GET /a?x=1&start=5', status: 200, contentType: 'application/json', body: '{"a":1}' },
      { request: 'GET /b', status: 200, accept: 'application/protobuf', body: new Uint8Array([1, 2]) },
      { request: 'GET /b', status: 404, body: 'text' },
    ],
    { anyValueOf: ['start'] },
  )
  const first = await fetch(`${replay.url}/a?start=99&x=1`)
  expect([first.status, first.headers.get('content-type'), await first.text()]).toEqual([
    200,
    'application/json',
    '{"a":1}',
  ])
  const binary = await fetch(`${replay.url}/b`, { headers: { accept: 'application/protobuf' } })
  expect(new Uint8Array(await binary.arrayBuffer())).toEqual(new Uint8Array([1, 2]))
  expect((await fetch(`${replay.url}/b`)).status).toBe(404)
  expect(replay.unmatched).toEqual([])
  expect((await fetch(`${replay.url}/a?x=2&start=5`)).status).toBe(501)
  expect(replay.unmatched).toEqual(['GET /a?x=2&start=5'])
  expect(replay.requests).toHaveLength(4)
  await replay.close()
})
