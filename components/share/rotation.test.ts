import { expect, test } from 'vitest'
import { fleetRotationWords, rotationWords, untilWords } from './rotation.ts'

const NOW = Date.parse('2026-11-22T11:00:00Z')
const at = (time: string) => Date.parse(`2026-11-22T${time}:00Z`)
const range = { fromMs: at('10:34'), toMs: at('11:00') }

test('a range that is all there rotates from its beginning on', () => {
  expect(rotationWords({ retainedFromMs: at('10:00'), rule: '60 min' }, range, NOW, 'UTC')).toBe(
    'These timings rotate in 34 min, the last of them in 1 h 00 m (kept 60 min).',
  )
})

test('what has rotated already is said, and from when on', () => {
  const partly = rotationWords({ retainedFromMs: at('10:40'), rule: '20 min' }, range, NOW, 'UTC')
  expect(partly).toContain('before 10:40 have rotated away already')
  expect(partly).toContain('in 20 min')
  expect(rotationWords({ retainedFromMs: at('11:00'), rule: '0 min' }, range, NOW, 'UTC')).toContain('away already')
})

test('a hold is said with its end, and only while it lasts', () => {
  const held = { retainedFromMs: at('10:50'), heldUntilMs: NOW + 86_400_000, rule: '10 min' }
  expect(rotationWords(held, range, NOW, 'UTC')).toContain('held until 2026-11-23 11:00')
  expect(rotationWords({ ...held, heldUntilMs: NOW }, range, NOW, 'UTC')).toContain('before 10:50')
  const month = { ...held, retainedFromMs: at('10:34') - 30 * 86_400_000, rule: '30 days' }
  expect(rotationWords(month, range, NOW, 'UTC')).toContain('rotate in 30.0 d')
})

test('without a known horizon nothing is promised', () => {
  expect(rotationWords({ rule: '30 days' }, range, NOW, 'UTC')).toContain('not known')
})

test('the fleet speaks of most guilds', () => {
  expect(fleetRotationWords(60, range, NOW)).toContain('rotate from 34 min on')
  expect(fleetRotationWords(10, range, NOW)).toContain('Some of these')
  expect(fleetRotationWords(0, range, NOW)).toContain('Most guilds’ timings of this time have rotated')
})

test('times until rotation are whole minutes', () => {
  expect([untilWords(10_000), untilWords(90 * 60_000), untilWords(29.9 * 86_400_000)]).toEqual([
    '1 min',
    '1 h 30 m',
    '29.9 d',
  ])
})
