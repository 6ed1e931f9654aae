import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { bytesResponse, check, jsonResponse, queryOf } from './respond.ts'

function requestFrom(host: string, encoding: string): Request {
  return new Request(`http://${host}/x`, { headers: { host, 'accept-encoding': encoding } })
}
const LONG = { text: 'guild '.repeat(10_000) }

test('compresses what is worth it, for readers elsewhere that accept it', async () => {
  const answer = await jsonResponse(LONG, requestFrom('scope.example:3000', 'br, gzip, deflate'))
  expect(answer.headers.get('content-encoding')).toBe('gzip')
  const bytes = new Uint8Array(await answer.arrayBuffer())
  expect(bytes.length).toBeLessThan(2_000)
  expect(JSON.parse(gunzipSync(bytes).toString())).toEqual(LONG)
})

test.each([
  ['a reader on this machine', '127.0.0.1:3000', 'gzip'],
  ['a reader on this machine by name', 'localhost', 'gzip'],
  ['a reader that does not accept gzip', 'scope.example', 'br'],
  ['a reader that refuses gzip', 'scope.example', 'gzip;q=0'],
])('leaves it as it is for %s', async (_, host, encoding) => {
  const answer = await jsonResponse(LONG, requestFrom(host, encoding))
  expect(answer.headers.get('content-encoding')).toBeNull()
  expect(await answer.json()).toEqual(LONG)
})

test('small bodies and bytes keep their length', async () => {
  const answer = await bytesResponse('application/octet-stream')(
    new Uint8Array([1, 2, 3]),
    requestFrom('scope.example', 'gzip'),
  )
  expect(answer.headers.get('content-length')).toBe('3')
  expect(answer.headers.get('cache-control')).toBe('no-store')
})

test('faults of the input become one sentence; the first of a repeated name counts', () => {
  const query = queryOf(new Request('http://x/?a=1&a=2&__proto__=3'))
  expect(query.a).toBe('1')
  const checked = check(
    z.object({ a: z.coerce.number().max(0, 'must be at most 0'), b: z.string('must be there') }),
    query,
  )
  expect(checked.ok ? '' : checked.failure.what).toBe('"a" must be at most 0; "b" must be there.')
})
