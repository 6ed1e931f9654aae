/**
 * The style sheet's colour tokens where no browser resolves them: a server that draws. `app/globals.css` stays the only place that
 * names a colour; this reads its text.
 */
import { type DrawTheme, type Rgb, themeOf } from './theme.ts'

const FONTS = { sans: 'Geist', mono: 'Geist Mono' } as const

/** Throws where a token is missing or is no `oklch(l c h)`: then the style sheet has changed and this must follow. */
export function themeFromStyleSheet(css: string, theme: 'dark' | 'light', fonts = FONTS): DrawTheme {
  const dark = tokensOf(css, ':root')
  const tokens = theme === 'dark' ? dark : new Map([...dark, ...tokensOf(css, ':root[data-theme="light"]')])
  return themeOf(
    theme === 'dark',
    (name) => {
      const value = tokens.get(name)
      if (value === undefined) throw new Error(`the style sheet has no --${name}`)
      return parseOklch(value)
    },
    fonts,
  )
}

function tokensOf(css: string, selector: string): Map<string, string> {
  const from = css.indexOf(`\n${selector} {`)
  if (from < 0) throw new Error(`the style sheet has no ${selector}`)
  const block = css.slice(from, css.indexOf('\n}', from))
  return new Map(Array.from(block.matchAll(/--([\w-]+):\s*([^;]+);/g), ([, name, value]) => [name, value.trim()]))
}

/** `oklch(0.69 0.13 340)` → sRGB bytes, out-of-gamut channels clipped. Matrices: CSS Color 4, after Björn Ottosson's OKLab. */
export function parseOklch(text: string): Rgb {
  const match = /^oklch\(\s*([\d.]+)\s+([\d.]+)\s+([\d.]+)\s*\)$/.exec(text)
  if (match === null) throw new Error(`not an oklch colour: ${text}`)
  const [lightness, chroma, hue] = match.slice(1).map(Number)
  const a = chroma * Math.cos((hue * Math.PI) / 180)
  const b = chroma * Math.sin((hue * Math.PI) / 180)
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    byte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    byte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    byte(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ]
}

function byte(linear: number): number {
  const value = linear <= 0.0031308 ? linear * 12.92 : 1.055 * linear ** (1 / 2.4) - 0.055
  return Math.round(Math.max(0, Math.min(1, value)) * 255)
}
