import { describe, expect, it } from 'vitest'
import { abgrToCss, contrast, heatPalette, luminance, type Rgb, toAbgr } from './theme.ts'

const rgbOf = (word: number): Rgb => [word & 255, (word >>> 8) & 255, (word >>> 16) & 255]

describe('heatPalette', () => {
  it.each([
    ['dark', [19, 22, 26], true, 1],
    ['light', [245, 246, 248], false, -1],
  ] as const)('%s: zero is the surface, and more goes one way in lightness', (_name, surface, dark, direction) => {
    const palette = heatPalette(surface, dark)
    expect(rgbOf(palette[0])).toEqual([...surface])
    for (let i = 1; i < 256; i++) {
      const step = (luminance(rgbOf(palette[i])) - luminance(rgbOf(palette[i - 1]))) * direction
      // Interpolated 8-bit channels wobble by one.
      expect(step).toBeGreaterThan(i === 1 ? -0.012 : -0.003)
      expect(palette[i] >>> 24).toBe(255)
    }
    expect(contrast(rgbOf(palette[255]), surface)).toBeGreaterThan(9)
    // The least load differs from none.
    const [r, g, b] = rgbOf(palette[1])
    expect(Math.hypot(r - surface[0], g - surface[1], b - surface[2])).toBeGreaterThan(12)
  })
})

it('packs colours as ImageData words', () => {
  expect(toAbgr([1, 2, 3])).toBe(0xff030201)
  expect(abgrToCss(0xff030201)).toBe('rgb(1, 2, 3)')
})
