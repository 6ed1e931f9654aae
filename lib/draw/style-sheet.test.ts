import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseOklch, themeFromStyleSheet } from './style-sheet.ts'
import { contrast } from './theme.ts'

const css = readFileSync('app/globals.css', 'utf8')

test('oklch as browsers resolve it', () => {
  expect(parseOklch('oklch(1 0 0)')).toEqual([255, 255, 255])
  expect(parseOklch('oklch(0 0 0)')).toEqual([0, 0, 0])
  // The sRGB primaries, from CSS Color 4.
  expect(parseOklch('oklch(0.62796 0.25768 29.234)')).toEqual([255, 0, 0])
  expect(parseOklch('oklch(0.86644 0.29483 142.495)')).toEqual([0, 255, 0])
  expect(parseOklch('oklch(0.45201 0.31321 264.052)')).toEqual([0, 0, 255])
  expect(() => parseOklch('rebeccapurple')).toThrow()
})

test('both themes come out of the style sheet, and differ', () => {
  const dark = themeFromStyleSheet(css, 'dark')
  const light = themeFromStyleSheet(css, 'light')
  const rgb = (text: string) => text.match(/\d+/g)?.map(Number) ?? []
  const pair = (theme: typeof dark) => {
    const [[a, b, c], [d, e, f]] = [rgb(theme.bg), rgb(theme.text2)]
    return contrast([a, b, c], [d, e, f])
  }
  expect(pair(dark)).toBeGreaterThan(4.5)
  expect(pair(light)).toBeGreaterThan(4.5)
  expect(dark.bg).not.toBe(light.bg)
})
