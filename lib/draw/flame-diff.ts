/** Colours of a differential flame graph: blue shrank, grey stayed, orange grew, in steps so that equal changes look equal. */
import { rgb } from 'd3'
import { contrast, type DrawTheme, type Rgb } from './theme.ts'

const STEPS = 4

interface Paint {
  readonly fill: string
  readonly text: string
}

const palettes = new WeakMap<DrawTheme, readonly Paint[]>()

/** `lean` in [−1, 1], as `lib/analysis/flame-diff.ts` has it. */
export function diffPaint(theme: DrawTheme, lean: number): Paint {
  let palette = palettes.get(theme)
  if (palette === undefined) {
    palette = Array.from({ length: 2 * STEPS + 1 }, (_, i) => paintOf(theme, (i - STEPS) / STEPS))
    palettes.set(theme, palette)
  }
  // Everything but nothing at all leaves the grey.
  const step = Math.abs(lean) < 0.05 ? 0 : Math.sign(lean) * Math.max(1, Math.ceil(Math.abs(lean) * STEPS))
  return palette[STEPS + Math.max(-STEPS, Math.min(STEPS, step))]
}

function paintOf(theme: DrawTheme, t: number): Paint {
  const same = channels(theme.diffSame)
  const end = channels(t < 0 ? theme.diffLess : theme.diffMore)
  const share = t === 0 ? 0 : 0.35 + 0.65 * Math.abs(t)
  const fill: Rgb = [mix(same[0], end[0], share), mix(same[1], end[1], share), mix(same[2], end[2], share)]
  const [text, bg] = [channels(theme.text), channels(theme.bg)]
  return {
    fill: `rgb(${fill.join(', ')})`,
    text: contrast(fill, text) >= contrast(fill, bg) ? theme.text : theme.bg,
  }
}

function mix(a: number, b: number, share: number): number {
  return Math.round(a + (b - a) * share)
}

function channels(color: string): Rgb {
  const { r, g, b } = rgb(color)
  return [r, g, b]
}
