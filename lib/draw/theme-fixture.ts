/** A theme whose colours are their own names, for draw logs. */
import { STAGES } from '../model/stages.ts'
import type { DrawTheme } from './theme.ts'

export const THEME_FIXTURE: DrawTheme = {
  dark: true,
  bg: 'bg',
  surface: 'surface',
  raised: 'raised',
  line: 'line',
  lineStrong: 'line-strong',
  text: 'text',
  text2: 'text-2',
  text3: 'text-3',
  accent: 'accent',
  accentFill: 'accent-fill',
  ok: 'ok',
  warn: 'warn',
  bad: 'bad',
  saturated: 'saturated',
  diffLess: 'less',
  diffSame: 'same',
  diffMore: 'more',
  sides: ['side-1', 'side-2', 'side-3', 'side-4'],
  stages: STAGES,
  stageText: STAGES.map((stage) => `on-${stage}`),
  waits: STAGES.map((stage) => `wait-${stage}`),
  stagesAbgr: Uint32Array.from(STAGES.keys()),
  heat: Uint32Array.from({ length: 256 }, (_, i) => 0xff000000 + i),
  sans: 'sans',
  mono: 'mono',
}
