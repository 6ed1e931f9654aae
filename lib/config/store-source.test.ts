import { expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { storeSourceOf } from './store-source.ts'

const clickhouse = { kind: 'clickhouse', url: 'http://127.0.0.1:8123' }

function read(file: unknown) {
  return readConfig(JSON.stringify(file), 'file.json', {})
}

test('the only ClickHouse is the store; of several, one is named', () => {
  const one = read({ store: 'clickhouse', sources: { here: clickhouse, j: { kind: 'jaeger', url: 'http://j:1' } } })
  expect(one.ok && storeSourceOf(one.config)).toMatchObject({ name: 'here' })
  const two = read({ store: 'clickhouse', clickhouseStore: 'b', sources: { a: clickhouse, b: clickhouse } })
  expect(two.ok && storeSourceOf(two.config)).toMatchObject({ name: 'b' })
})

test.each([
  [{ store: 'clickhouse' }, '"store" in file.json is "clickhouse", but "sources" has none of kind "clickhouse".'],
  [
    { store: 'clickhouse', sources: { a: clickhouse, b: clickhouse } },
    '"store" in file.json is "clickhouse", and "sources" has several of that kind: say which one with "clickhouseStore", such as "a".',
  ],
  [
    { store: 'clickhouse', clickhouseStore: 'c', sources: { a: clickhouse } },
    '"clickhouseStore" in file.json names "c", which is no source of kind "clickhouse" in "sources".',
  ],
])('a store that is not there is a sentence', (file, sentence) => {
  const result = read(file)
  expect(result.ok ? [] : result.sentences).toEqual([sentence])
})
