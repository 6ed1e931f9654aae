import { describe, expect, test } from 'vitest'
import { MINUTE_STATE } from '../model/timings.ts'
import { stillBusy, stillCells, stillGround } from './heat-still.ts'
import { abgrToCss, heatPalette } from './theme.ts'

describe('a still of the cells', () => {
  test('is a rectangle for each run of one shade in a row, and nothing where there is no load', () => {
    // Minutes 0–3, rows 0–1, column-major.
    const levels = Uint8Array.of(/* m0 */ 255, 0, /* m1 */ 255, 9, /* m2 */ 0, 10, /* m3 */ 255, 0)
    expect(stillCells(levels, 4, 2).map((shade) => shade.d)).toEqual(['M1 1h2v1h-2z', 'M0 0h2v1h-2zM3 0h1v1h-1z'])
  })

  test('is in the canvas’s own colours, of both themes', () => {
    const fill = stillCells(Uint8Array.of(128), 1, 1)[0]?.fill ?? ''
    const [, light, dark] = /^light-dark\((rgb\(.+?\)), (rgb\(.+?\))\)$/.exec(fill) ?? []
    // A shade is eight of the canvas's levels.
    const near = (palette: Uint32Array) => Array.from(palette.subarray(124, 133), abgrToCss)
    expect(near(heatPalette([1, 2, 3], true))).toContain(dark)
    expect(near(heatPalette([1, 2, 3], false))).toContain(light)
    expect(dark).not.toBe(light)
  })

  test('of nothing is nothing', () => {
    expect(stillCells(new Uint8Array(0), 0, 0)).toEqual([])
    expect(stillCells(new Uint8Array(6), 3, 2)).toEqual([])
  })
})

test('the ground lies under minutes of which something is known', () => {
  const { data, zero, none, rotated } = MINUTE_STATE
  expect(stillGround([rotated, data, zero, none, data])).toBe('M1 0h2v1h-2zM4 0h1v1h-1z')
})

test('busy bars stand on the ground, as high as their share of the track, and say nothing of what was not stated', () => {
  expect(stillBusy([33e6, Number.NaN, -1, 0, 120e6]).d).toBe('M0 1v-0.5h1v0.5zM4 1v-1h1v1z')
})
