import fc from 'fast-check'
import { expect, it } from 'vitest'
import { placeBeside } from './place-beside.ts'

const view = { width: 400, height: 300 }
const anchor = { left: 180, top: 140, width: 40, height: 20 }

it('centres on the asked side', () => {
  expect(placeBeside(anchor, { width: 60, height: 30 }, view, 'bottom')).toEqual({ left: 170, top: 166 })
  expect(placeBeside(anchor, { width: 60, height: 30 }, view, 'right')).toEqual({ left: 226, top: 135 })
})

it('aligns with either end', () => {
  expect(placeBeside(anchor, { width: 60, height: 30 }, view, 'bottom', 'start').left).toBe(180)
  expect(placeBeside(anchor, { width: 60, height: 30 }, view, 'bottom', 'end').left).toBe(160)
})

it('goes to the other side where the asked one has no room', () => {
  expect(placeBeside({ ...anchor, top: 270 }, { width: 60, height: 30 }, view, 'bottom').top).toBe(234)
})

it('stays in the window wherever the anchor is (seed 5)', () => {
  const coordinate = fc.integer({ min: -200, max: 600 })
  const side = fc.constantFrom('top', 'bottom', 'left', 'right')
  fc.assert(
    fc.property(
      coordinate,
      coordinate,
      fc.integer({ min: 1, max: 384 }),
      fc.integer({ min: 1, max: 284 }),
      side,
      (left, top, width, height, wanted) => {
        const place = placeBeside({ left, top, width: 40, height: 20 }, { width, height }, view, wanted)
        expect(place.left).toBeGreaterThanOrEqual(8)
        expect(place.top).toBeGreaterThanOrEqual(8)
        expect(place.left + width).toBeLessThanOrEqual(393)
        expect(place.top + height).toBeLessThanOrEqual(293)
      },
    ),
    { seed: 5 },
  )
})
