/** The style sheet's tokens, as canvas renderers need them. */
import { interpolateMagma, rgb } from 'd3'
import { STAGES } from '../model/stages.ts'

export interface DrawTheme {
  readonly dark: boolean
  readonly bg: string
  readonly surface: string
  readonly raised: string
  readonly line: string
  readonly lineStrong: string
  readonly text: string
  readonly text2: string
  readonly text3: string
  readonly accent: string
  readonly accentFill: string
  readonly ok: string
  readonly warn: string
  readonly bad: string
  /** Cap line of minutes with 59 s of work and more. */
  readonly saturated: string
  readonly diffLess: string
  readonly diffSame: string
  readonly diffMore: string
  /** Of a comparison, in order. */
  readonly sides: readonly string[]
  /** By stage id. `stageText`: what can be read on that fill. `waits`: the fill at 25 %, for hatched waiting bars. */
  readonly stages: readonly string[]
  readonly stageText: readonly string[]
  readonly waits: readonly string[]
  readonly stagesAbgr: Uint32Array
  /** 256 colours for `ImageData` seen as Uint32 (ABGR on little-endian); 0 is the surface itself, 255 the most. */
  readonly heat: Uint32Array
  readonly sans: string
  readonly mono: string
}

/** Red, green, blue in 0–255. */
export type Rgb = readonly [r: number, g: number, b: number]

/** Little-endian `ImageData` word, opaque. */
export function toAbgr([r, g, b]: Rgb): number {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0
}

export function abgrToCss(word: number): string {
  return `rgb(${word & 255}, ${(word >>> 8) & 255}, ${(word >>> 16) & 255})`
}

/** Relative luminance, WCAG 2. */
export function luminance(color: Rgb): number {
  const [r, g, b] = color.map((channel) => {
    const c = channel / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

// Clipped where Magma comes too near to the surface (so that the least load still differs from none) and, in the light
// theme, to black.
const DARK_RANGE = [0.14, 0.99] as const
const LIGHT_RANGE = [0.94, 0.12] as const

/** Lightness ramp: more is lighter on a dark surface, darker on a light one. Entry 0 is the surface. */
export function heatPalette(surface: Rgb, dark: boolean): Uint32Array {
  const [from, to] = dark ? DARK_RANGE : LIGHT_RANGE
  const palette = new Uint32Array(256)
  palette[0] = toAbgr(surface)
  for (let i = 1; i < 256; i++) {
    const { r, g, b } = rgb(interpolateMagma(from + ((to - from) * (i - 1)) / 254))
    palette[i] = toAbgr([r, g, b])
  }
  return palette
}

/** Lets the browser resolve any CSS colour to sRGB bytes. */
function makeResolver(document: Document): (color: string) => Rgb {
  const canvas = document.createElement('canvas')
  canvas.width = 1
  canvas.height = 1
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) throw new Error('no 2D canvas')
  return (color) => {
    context.fillStyle = color
    context.fillRect(0, 0, 1, 1)
    const [r, g, b] = context.getImageData(0, 0, 1, 1).data
    return [r, g, b]
  }
}

const toCss = ([r, g, b]: Rgb): string => `rgb(${r}, ${g}, ${b})`

let cached: { readonly key: string; readonly theme: DrawTheme } | undefined

/** The colours and fonts in force at `element`, resolved to `rgb(…)`. Cheap to call again: cached per theme. */
export function readDrawTheme(element: Element): DrawTheme {
  const key = element.ownerDocument.documentElement.dataset.theme ?? 'dark'
  if (cached?.key === key) return cached.theme
  const style = getComputedStyle(element)
  const resolve = makeResolver(element.ownerDocument)
  const font = (name: string, generic: string): string =>
    [style.getPropertyValue(name).trim(), generic].filter((part) => part !== '').join(', ')
  const theme = themeOf(key === 'dark', (name) => resolve(style.getPropertyValue(`--${name}`).trim()), {
    sans: font('--font-geist-sans', 'ui-sans-serif, system-ui, sans-serif'),
    mono: font('--font-geist-mono', 'ui-monospace, monospace'),
  })
  cached = { key, theme }
  return theme
}

/** A theme from the style sheet's tokens, wherever they were read: `token('stage-guild')`. */
export function themeOf(
  dark: boolean,
  token: (name: string) => Rgb,
  fonts: { readonly sans: string; readonly mono: string },
): DrawTheme {
  const css = (name: string): string => toCss(token(name))
  const stages = STAGES.map((stage) => token(`stage-${stage}`))
  const text = token('text')
  const bg = token('bg')
  return {
    dark,
    bg: toCss(bg),
    surface: css('surface'),
    raised: css('raised'),
    line: css('line'),
    lineStrong: css('line-strong'),
    text: toCss(text),
    text2: css('text-2'),
    text3: css('text-3'),
    accent: css('accent'),
    accentFill: css('accent-fill'),
    ok: css('ok'),
    warn: css('warn'),
    bad: css('bad'),
    saturated: css('saturated'),
    diffLess: css('diff-less'),
    diffSame: css('diff-same'),
    diffMore: css('diff-more'),
    sides: ['side-1', 'side-2', 'side-3', 'side-4'].map(css),
    stages: stages.map(toCss),
    stageText: stages.map((fill) => toCss(moreReadable(fill, text, bg))),
    waits: stages.map(([r, g, b]) => `rgba(${r}, ${g}, ${b}, 0.25)`),
    stagesAbgr: Uint32Array.from(stages, toAbgr),
    heat: heatPalette(token('surface'), dark),
    ...fonts,
  }
}

function moreReadable(fill: Rgb, a: Rgb, b: Rgb): Rgb {
  return contrast(fill, a) >= contrast(fill, b) ? a : b
}

/** WCAG 2 contrast ratio, 1–21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)]
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05)
}

/** Calls back after the page's theme has changed; the result ends it. */
export function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  return () => observer.disconnect()
}
