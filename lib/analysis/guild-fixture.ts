/**
 * Guild minutes as text a person can read, for tests: one line an action and measure, one column a minute.
 *
 *   state          data data zero silent       (optional; `data` everywhere otherwise)
 *   connect busy   12   60   .    .             seconds; `.` is not stated
 *   connect count  10   12
 */
import { type GuildMinutes, MEASURES, type Measure, MINUTE_MS, MINUTE_STATE } from '../model/timings.ts'

export const FIXTURE_FROM = Date.UTC(2026, 10, 22, 10, 0)

const COLUMN: Readonly<Record<string, { readonly measure: Measure; readonly factor: number }>> = {
  busy: { measure: 'busyUs', factor: 1e6 },
  count: { measure: 'count', factor: 1 },
  wait: { measure: 'waitUsTotal', factor: 1e6 },
  maxwait: { measure: 'waitUsMax', factor: 1e6 },
  arrived: { measure: 'arrived', factor: 1 },
  depth: { measure: 'mailboxDepthMax', factor: 1 },
}

export function guildFixture(text: string, extra: Partial<GuildMinutes> = {}): GuildMinutes {
  const lines = text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((parts) => parts[0] !== '')
  const states = lines.find((parts) => parts[0] === 'state')?.slice(1)
  const rows = lines.filter((parts) => parts[0] !== 'state')
  const actions = [...new Set(rows.map((parts) => parts[0]))]
  const minutes = Math.max(states?.length ?? 0, ...rows.map((parts) => parts.length - 2))
  const cells: Record<Measure, number[]> = {
    busyUs: blank(minutes * actions.length),
    count: blank(minutes * actions.length),
    waitUsTotal: blank(minutes * actions.length),
    waitUsMax: blank(minutes * actions.length),
    arrived: blank(minutes * actions.length),
    mailboxDepthMax: blank(minutes * actions.length),
  }
  for (const [action, kind, ...values] of rows) {
    const column = COLUMN[kind]
    if (column === undefined) throw new Error(`no measure "${kind}"`)
    values.forEach((value, m) => {
      if (value !== '.')
        cells[column.measure][m * actions.length + actions.indexOf(action)] = Number(value) * column.factor
    })
  }
  return {
    guildId: '1',
    fromMs: FIXTURE_FROM,
    minutes,
    actions,
    nodes: ['guilds-07'],
    measures: MEASURES.filter((measure) => cells[measure].some((value) => value >= 0)),
    cells,
    state: Array.from({ length: minutes }, (_, m) => stateOf(states?.[m] ?? 'data')),
    held: Array.from({ length: minutes }, () => 0),
    sessions: blank(minutes),
    waitP50Us: blank(minutes),
    waitP99Us: blank(minutes),
    overbooked: [],
    nowMs: FIXTURE_FROM + minutes * MINUTE_MS,
    notes: [],
    ...extra,
  }
}

function blank(length: number): number[] {
  return Array.from({ length }, () => -1)
}

function stateOf(name: string): number {
  const found = Object.entries(MINUTE_STATE).find(([key]) => key === name)
  if (found === undefined) throw new Error(`no minute state "${name}"`)
  return found[1]
}
