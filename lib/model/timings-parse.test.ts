import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from '../base/utf8.ts'
import type { ParsedTimings } from './timings-batch.ts'
import { parseTimings } from './timings-parse.ts'

const NOW = Date.parse('2026-11-22T10:06:30Z')
const GOOD = { guildId: '81384788765712384', minute: '2026-11-22T10:05:00Z', action: 'connect', busyUs: 31_250_000 }

function parse(body: unknown, format: 'json' | 'ndjson' = 'json'): ParsedTimings {
  const result = parseTimings(encodeUtf8(typeof body === 'string' ? body : JSON.stringify(body)), format, NOW)
  if (!result.ok) throw new Error(result.failure.what)
  return result.value
}

function failure(body: string): string {
  const result = parseTimings(encodeUtf8(body), 'json', NOW)
  return result.ok ? 'accepted' : result.failure.what
}

describe('parseTimings', () => {
  test('keeps every field of a sample', () => {
    const { batch, rejected } = parse({
      version: { ignored: [1] },
      samples: [
        {
          ...GOOD,
          node: 'guilds@10.0.0.7',
          guildName: 'Ducks',
          count: 48_012,
          waitUsTotal: '9120000000',
          waitUsMax: 410_000_000,
          arrived: 122_000,
          mailboxDepthMax: 588_000,
          sessions: 700_000,
          waitHistogram: { boundsUs: [10, 100], counts: [1, 2, 3] },
          unknown: null,
        },
        { ...GOOD, minute: '2026-11-22T11:05:42.5+01:00', waitHistogram: { boundsUs: [5], counts: [7] }, count: null },
      ],
    })
    const at = (ids: Uint32Array, row: number) => batch.strings[ids[row]]
    expect(rejected).toEqual([])
    expect(batch.rows).toBe(2)
    expect([0, 1].map((row) => at(batch.guildId, row))).toEqual([GOOD.guildId, GOOD.guildId])
    expect([0, 1].map((row) => at(batch.nodeId, row))).toEqual(['guilds@10.0.0.7', ''])
    expect([0, 1].map((row) => at(batch.guildNameId, row))).toEqual(['Ducks', ''])
    expect([0, 1].map((row) => at(batch.actionId, row))).toEqual(['connect', 'connect'])
    expect([...batch.minuteMs]).toEqual([Date.parse(GOOD.minute), Date.parse(GOOD.minute)])
    expect([...batch.sessions]).toEqual([700_000, -1])
    expect(Object.values(batch.measures).map((column) => [...column])).toEqual([
      [31_250_000, 31_250_000],
      [48_012, -1],
      [9_120_000_000, -1],
      [410_000_000, -1],
      [122_000, -1],
      [588_000, -1],
    ])
    expect(Object.values(batch.histogram).map((column) => [...column])).toEqual([
      [2, 3],
      [3, 5],
      [10, 100, 5],
      [1, 2, 3, 7, 0],
    ])
  })

  test('takes a number for the guild id without losing digits', () => {
    const { batch } = parse(
      `{"samples":[${JSON.stringify(GOOD).replace('"81384788765712384"', '9223372036854775807')}]}`,
    )
    expect(batch.strings[batch.guildId[0]]).toBe('9223372036854775807')
  })

  test.each<[string, Record<string, unknown>]>([
    ['busyUs is negative', { busyUs: -1 }],
    ['busyUs is missing', { busyUs: undefined }],
    ['busyUs is not a number', { busyUs: 'many' }],
    ['count is not a number', { count: [1] }],
    ['waitUsMax is negative', { waitUsMax: -0.5 }],
    ['guildId is missing', { guildId: '' }],
    ['guildId is not a text', { guildId: 1.5 }],
    ['guildId is longer than 256 characters', { guildId: 'ä'.repeat(257) }],
    ['node is longer than 1 KiB', { node: 'ä'.repeat(513) }],
    ['action is missing', { action: undefined }],
    ['action is not a text', { action: { deep: [[]] } }],
    ['minute is missing', { minute: undefined }],
    ['minute is not a time like 2026-11-22T10:05:00Z', { minute: 'yesterday' }],
    ['minute is not a time like 2026-11-22T10:05:00Z', { minute: '2026-11-22T10:05:00' }],
    ['minute is not a time like 2026-11-22T10:05:00Z', { minute: '2026-13-22T10:05:00Z' }],
    ['minute lies more than 5 minutes in the future', { minute: '2026-11-22T10:12:00Z' }],
    ['waitHistogram is not an object', { waitHistogram: [1] }],
    ['waitHistogram.boundsUs does not ascend', { waitHistogram: { boundsUs: [2, 1], counts: [0, 0, 0] } }],
    ['waitHistogram has not one more count than bounds', { waitHistogram: { boundsUs: [2], counts: [] } }],
    ['waitHistogram.counts holds something that is no count', { waitHistogram: { boundsUs: [2], counts: [-1, 'x'] } }],
  ])('%s: refused, and the sample after it kept', (reason, change) => {
    const { batch, rejected } = parse({ samples: [{ ...GOOD, ...change }, GOOD] })
    expect(rejected).toMatchObject([{ count: 1, reason }])
    expect(rejected[0].example).toMatch(/^\{"/)
    expect(batch.rows).toBe(1)
  })

  test('refuses infinity, and samples that are no objects', () => {
    const { batch, rejected } = parse(
      `{"samples":[${JSON.stringify(GOOD).replace('31250000', '1e999')},7,[{}],null,${JSON.stringify(GOOD)}]}`,
    )
    expect(batch.rows).toBe(1)
    expect(rejected.map(({ count, reason }) => [count, reason])).toEqual([
      [1, 'busyUs is not a finite number'],
      [3, 'the sample is not an object'],
    ])
  })

  test('keeps more than a minute of busy time, odd characters and minutes just ahead', () => {
    const action = 'a\u0000\u202e<script>"😀'
    const { batch, rejected } = parse({ samples: [{ ...GOOD, action, busyUs: 9e9, minute: '2026-11-22T10:11:00Z' }] })
    expect(rejected).toEqual([])
    expect(batch.strings[batch.actionId[0]]).toBe(action)
    expect(batch.measures.busyUs[0]).toBe(9e9)
  })

  test('bounds the action types of one request', () => {
    const samples = Array.from({ length: 100_003 }, (_, i) => ({ ...GOOD, action: `a${i}` }))
    const { batch, rejected } = parse({ samples: [...samples, { ...GOOD, action: 'a0' }] })
    expect(batch.rows).toBe(100_001)
    expect(rejected).toMatchObject([{ count: 3, reason: 'more than 100,000 action types in one request' }])
    expect(batch.strings).not.toContain('a100001')
  })

  test('NDJSON: one bad line loses no other', () => {
    const line = JSON.stringify(GOOD)
    const { batch, rejected } = parse(`${line}\r\n\n{"guildId":\n${line} 5\n[]\n${line}`, 'ndjson')
    expect(batch.rows).toBe(2)
    expect(rejected.map(({ count, reason }) => [count, reason])).toEqual([
      [2, 'the line is not valid JSON'],
      [1, 'the sample is not an object'],
    ])
  })

  test('a body that is no list of samples gets a sentence', () => {
    expect(failure('')).toMatch(/not valid JSON: it ends early/)
    expect(failure('[]')).toMatch(/not a JSON object/)
    expect(failure('{}')).toMatch(/no list of samples/)
    expect(failure('{"samples":{}}')).toMatch(/samples is not a list/)
    const cut = JSON.stringify({ samples: [GOOD] })
    for (let length = 1; length < cut.length; length++) expect(failure(cut.slice(0, length))).toMatch(/not valid JSON/)
    expect(failure(cut)).toBe('accepted')
  })
})
