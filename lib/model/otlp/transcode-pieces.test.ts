import { expect, test } from 'vitest'
import { JsonElements } from '../../base/json-elements.ts'
import { encodeUtf8 } from '../../base/utf8.ts'
import { DEFAULT_MAPPING } from '../span-batch.ts'
import { decodeTracesProtobuf } from './decode.ts'
import { Message, TRACE_REQUEST } from './json-schema.ts'
import { PiecewiseTranscoder } from './transcode.ts'

const trace = 'ab'.repeat(16)
const group = (service: string, ids: readonly number[]) => ({
  resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
  scopeSpans: [
    {
      scope: { name: `of ${service}`, attributes: [{ key: 'a', value: { arrayValue: { values: [{}, {}] } } }] },
      spans: ids.map((id) => ({
        traceId: trace,
        spanId: id.toString(16).padStart(16, '0'),
        name: `n${id}`,
        events: [{ name: '}]{', attributes: [{ key: 'k', value: { stringValue: '"' } }] }],
      })),
    },
  ],
})

test('a document cut behind any of its spans is the same spans, each with its resource and scope', () => {
  const one = { result: { resourceSpans: [group('a', [1, 2, 3]), group('b', [4])] } }
  const two = { result: { resourceSpans: [group('c', [5, 6])] } }
  const json = encodeUtf8(`${JSON.stringify(one)}\n${JSON.stringify(two, undefined, 1)}`)
  const transcoder = new PiecewiseTranscoder(new Message().add('result', 0, TRACE_REQUEST))
  const found: string[] = []
  let pieces = 0
  const take = () => {
    const bytes = transcoder.take()
    if (bytes === undefined) return
    pieces++
    const batch = decodeTracesProtobuf(bytes, DEFAULT_MAPPING)
    if (!batch.ok) throw new Error(batch.failure.what)
    const { count, strings, nameId, serviceId, scopes, scopeId } = batch.value
    for (let i = 0; i < count; i++)
      found.push(
        `${strings[serviceId[i]]} ${strings[nameId[i]]} ${new TextDecoder().decode(scopes[scopeId[i]]).slice(2, 6)}`,
      )
  }
  let from = 0
  const cut = (at: number) => {
    expect(transcoder.add(json, from, at)).toBe(true)
    from = at
    take()
  }
  new JsonElements(7).scan(json, 0, json.length, () => {}, cut)
  cut(json.length)
  expect(transcoder.isComplete).toBe(true)
  expect(pieces).toBe(7)
  expect(found).toEqual(['a n1 of a', 'a n2 of a', 'a n3 of a', 'b n4 of b', 'c n5 of c', 'c n6 of c'])
})

test('a page that is no JSON, and a document that ends early, are said', () => {
  const html = new PiecewiseTranscoder(TRACE_REQUEST)
  const page = encodeUtf8('<!doctype html>')
  expect(html.add(page, 0, page.length)).toBe(false)
  expect(html.problem).toContain('a value is missing')
  const early = new PiecewiseTranscoder(TRACE_REQUEST)
  const half = encodeUtf8('{"resourceSpans":[')
  expect([early.add(half, 0, half.length), early.isComplete]).toEqual([true, false])
})
