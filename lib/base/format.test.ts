import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatDate,
  formatDuration,
  formatExact,
  formatMinute,
  formatPercent,
  formatTime,
  formatWhen,
  fromWallClock,
  parseZone,
  toWallClock,
  zoneName,
  zoneOffsetMinutes,
} from './format.ts'

const MS = 1e6
const S = 1e9

describe('numbers for people', () => {
  test.each([
    [0, '0 ns'],
    [999.6, '1 µs'],
    [1_234, '1.23 µs'],
    [0.4 * MS, '400 µs'],
    [41 * MS, '41 ms'],
    [999.4 * MS, '999 ms'],
    [999.6 * MS, '1 s'],
    [1.8 * S, '1.8 s'],
    [59.94 * S, '59.9 s'],
    [59.97 * S, '1 m 00 s'],
    [950 * S, '15 m 50 s'],
    [3_599.7 * S, '1 h 00 m'],
    [7_440 * S, '2 h 04 m'],
    [3 * 86_400 * S, '3.0 d'],
    [-41 * MS, '−41 ms'],
    [Number.NaN, '–'],
  ])('duration %d ns is %s', (ns, text) => expect(formatDuration(ns)).toBe(text))

  test.each([
    [0, '0'],
    [0.001, '< 0.01'],
    [0.25, '0.25'],
    [12, '12'],
    [123.4, '123'],
    [1_204, '1,204'],
    [9_999, '9,999'],
    [9_999.7, '10k'],
    [63_400, '63.4k'],
    [999_600, '1M'],
    [8_100_000_000, '8.1G'],
    [-5, '−5'],
    [Number.POSITIVE_INFINITY, '–'],
  ])('count %d is %s', (n, text) => expect(formatCount(n)).toBe(text))

  test.each([
    [1_000_043, '1,000,043'],
    [-1_234, '−1,234'],
    [-0.2, '0'],
    [1e21, '1,000,000,000,000,000,000,000'],
  ])('exactly %d is %s', (n, text) => expect(formatExact(n)).toBe(text))

  test.each([
    [0, '0 %'],
    [0.00001, '< 0.01 %'],
    [0.005, '0.5 %'],
    [0.694, '69 %'],
    [1, '100 %'],
    [23, '2,300 %'],
    [-0.05, '−5 %'],
  ])('share %d is %s', (share, text) => expect(formatPercent(share)).toBe(text))

  test('bytes', () => {
    expect([0, 1_023, 12 * 1024, 3.4 * 1024 ** 2, 5 * 1024 ** 5].map(formatBytes)).toEqual([
      '0 B',
      '1023 B',
      '12 KiB',
      '3.4 MiB',
      '5120 TiB',
    ])
  })
})

describe('times', () => {
  const ms = Date.UTC(2026, 10, 22, 10, 5, 12)

  test('are in the zone that is named', () => {
    expect([formatMinute(ms, 'UTC'), formatTime(ms, 'UTC'), formatDate(ms, 'UTC'), zoneName('UTC')]).toEqual([
      '10:05',
      '10:05:12',
      '2026-11-22',
      'UTC',
    ])
    expect(formatMinute(Date.UTC(2026, 0, 1), 'UTC')).toBe('00:00')
  })

  test('are what the calendar of that zone says, whichever way it is asked', () => {
    const likeNamed = (at: number) => [
      formatDate(at, 'Etc/UTC'),
      formatTime(at, 'Etc/UTC'),
      formatMinute(at, 'Etc/UTC'),
    ]
    const days = fc.integer({ min: Date.UTC(1000, 0, 1), max: Date.UTC(9999, 11, 31) })
    fc.assert(
      fc.property(days, (at) => {
        expect([formatDate(at, 'UTC'), formatTime(at, 'UTC'), formatMinute(at, 'UTC')]).toEqual(likeNamed(at))
      }),
    )
    // The tests run in UTC.
    expect([formatDate(ms, 'local'), formatTime(ms, 'local')]).toEqual([formatDate(ms, 'UTC'), formatTime(ms, 'UTC')])
  })

  test('that no calendar holds are a dash', () => {
    expect([formatMinute(Number.NaN, 'UTC'), formatTime(9e15, 'UTC'), formatDate(-9e15, 'local')]).toEqual([
      '–',
      '–',
      '–',
    ])
  })

  test('ago', () => {
    const ago = (seconds: number) => formatAgo(ms - seconds * 1000, ms)
    expect([ago(-5), ago(12), ago(185), ago(7_300), ago(260_000)]).toEqual([
      '0 s ago',
      '12 s ago',
      '3 m ago',
      '2 h ago',
      '3 d ago',
    ])
  })
})

test('a bare time is today’s; any other day is named', () => {
  const now = Date.UTC(2026, 10, 22, 0, 30)
  expect(formatWhen(now - 10 * 60_000, now, 'UTC')).toBe('00:20')
  expect(formatWhen(now - 60 * 60_000, now, 'UTC')).toBe('2026-11-21 23:30')
  expect(formatWhen(Number.NaN, now, 'UTC')).toContain('–')
})

describe('zones that a link names', () => {
  const summer = Date.parse('2026-07-01T10:05:12Z')
  test('are shown by their own clocks, and named', () => {
    expect(formatMinute(summer, 'Europe/Berlin')).toBe('12:05')
    expect(zoneName('Europe/Berlin')).toBe('Europe/Berlin')
    expect(zoneOffsetMinutes(summer, 'Asia/Kathmandu')).toBe(345)
    expect(zoneOffsetMinutes(summer, 'America/New_York')).toBe(-240)
  })
  test.each([
    ['utc', 'UTC'],
    ['UTC', 'UTC'],
    ['local', 'local'],
    ['Europe/Berlin', 'Europe/Berlin'],
    ['America/Argentina/Ushuaia', 'America/Argentina/Ushuaia'],
    ['Middle/Earth', undefined],
    ['../../etc', undefined],
    ['<b>/x', undefined],
    ['', undefined],
  ])('%s is read as %s', (text, zone) => expect(parseZone(text)).toBe(zone))
  test.each(['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Auckland'] as const)(
    'what a clock in %s shows leads back to the instant',
    (zone) => {
      for (let hour = 0; hour < 24 * 365; hour += 5) {
        const at = Date.parse('2026-01-01T00:30:00Z') + hour * 3_600_000
        const back = fromWallClock(toWallClock(at, zone), zone)
        // The hour that happens twice is read as its first.
        expect([at, at - 3_600_000]).toContain(back)
      }
    },
  )
  test('what is no time is none', () => {
    expect(fromWallClock('2026-13-01T10:00', 'UTC')).toBeUndefined()
    expect(fromWallClock('tomorrow', 'UTC')).toBeUndefined()
  })
})
