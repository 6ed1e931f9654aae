import { describe, expect, it } from 'vitest'
import { callTreeFixture } from '@/lib/analysis/call-tree-fixture.ts'
import { guildFixture } from '@/lib/analysis/guild-fixture.ts'
import { cellFacts } from '@/lib/analysis/heat-map.ts'
import { MINUTE_MS } from '@/lib/model/timings.ts'
import { nodeOfPath, pathOfNode } from './flame-words.ts'
import { guildView, isLive, rangeOf, reframed, selectionOf, withSelection } from './guild-view.ts'
import { rotatedUntil } from './heat-model.ts'
import {
  cellWords,
  drainingWords,
  outlookBasis,
  outlookWords,
  sampleWords,
  selectionWords,
  shownName,
} from './words.ts'

const at = (hour: number, minute: number) => Date.UTC(2026, 10, 22, hour, minute)

describe('words', () => {
  it('reads a cell', () => {
    const data = guildFixture(
      `
      state  data zero silent rotated
      a busy 41.3
    `,
    )
    expect(cellWords(cellFacts(data, 0, 1), '10:12', 'reaction_add', 1)).toBe('10:12 reaction_add 41.3 s (69 %)')
    expect(cellWords(cellFacts(data, 1, 2), '10:13', 'a', 1)).toContain('reported nothing')
    expect(cellWords(cellFacts(data, 2, 3), '10:14', 'a', 1)).toBe('10:14 a: silent, nothing was reported')
    expect(cellWords(cellFacts(data, 3, 4), '10:15', 'a', 1)).toBe('10:15 a: rotated away')
    const full = guildFixture('a busy 41\n a count 63000\n a wait 63000')
    expect(cellWords(cellFacts(full, 0, 1), '10:12', 'a', 1)).toBe('10:12 a 41.0 s (68 %), 63k × 651 µs, wait 1 s')
  })

  it('shows the invisible in a sent name, and not all of a very long one', () => {
    expect(shownName('a\u202eb')).toBe('a⟨U+202E⟩b')
    expect(shownName('🙂'.repeat(100))).toBe(`${'🙂'.repeat(80)}…`)
    expect(shownName('🙂'.repeat(80))).toBe('🙂'.repeat(80))
  })

  it('tells where the rotated minutes end, if in one place', () => {
    const states = (text: string) => rotatedUntil(guildFixture(`state ${text}\n a busy 1 1 1 1`).state)
    expect(states('rotated rotated data data')).toBe(2)
    expect(states('data data zero none')).toBe(0)
    expect(states('rotated data rotated data')).toBe(-1)
  })

  it('names what is selected by its ends', () => {
    const range = { fromMs: at(10, 0), toMs: at(11, 0) }
    expect(selectionWords(undefined, range, '', 'UTC')).toBe('10:00–11:00 · all actions')
    expect(selectionWords({ fromMs: at(10, 10), toMs: at(10, 11) }, range, 'connect', 'UTC')).toBe('10:10 · connect')
    expect(selectionWords({ fromMs: at(10, 10), toMs: at(10, 14) }, range, 'connect', 'UTC')).toBe(
      '10:10–10:14 · connect',
    )
    expect(selectionWords({ fromMs: at(22, 0), toMs: at(26, 0) }, range, '', 'UTC')).toBe(
      '2026-11-22 22:00 – 2026-11-23 02:00 · all actions',
    )
    expect(selectionWords({ fromMs: at(22, 0), toMs: at(24, 0) }, range, '', 'UTC')).toBe('22:00–00:00 · all actions')
  })

  it('says when it clears and how that is known, or that it is not', () => {
    const draining = {
      kind: 'draining',
      from: 'depth',
      messages: 60_000,
      perMinute: -10_000,
      points: 5,
      workMinutes: 2,
      asOfMs: at(10, 39),
      clearsAtMs: at(10, 45),
    } as const
    expect(outlookWords(draining, 'UTC', at(10, 39))).toBe('clears ≈ 10:45')
    expect(outlookWords({ ...draining, from: 'arrivals' }, 'UTC', at(10, 39))).toBe('clears 10:45 or later')
    expect(outlookBasis(draining, 'UTC')).toBe(
      'Up to 60k messages waiting in the minute before 10:39, 2 m 00 s of work; −10k a minute, a straight line through the last 5 complete minutes of the stated mailbox depth.',
    )
    expect(drainingWords(draining)).toBe('draining a backlog of about 2 min')
    expect(outlookWords({ kind: 'unknown', why: 'x' }, 'UTC', at(10, 39))).toBe('')
    expect(outlookBasis({ kind: 'unknown', why: 'nothing is stated' }, 'UTC')).toBe(
      'When it clears cannot be told: nothing is stated.',
    )
  })

  it('says what a sample stands for, and unknown as unknown', () => {
    expect(sampleWords({ traces: 1204, estimatedTraces: 240_000, unknownSampling: 0 })).toBe(
      'n = 1,204 traces of ≈ 240k (kept 0.5 %)',
    )
    expect(sampleWords({ traces: 1, unknownSampling: 1 })).toBe(
      'n = 1 trace (sampling unknown, so the total is unknown)',
    )
    expect(sampleWords({ traces: 12, estimatedTraces: 2_000, unknownSampling: 2 })).toBe(
      'n = 12 traces: 10 of ≈ 2,000 (kept 0.5 %), 2 of unknown sampling',
    )
  })
})

describe('guild view', () => {
  it('is live until something is selected, then absolute', () => {
    const live = guildView.parse('').state
    const now = at(10, 59) + 12_345
    expect(isLive(live)).toBe(true)
    expect(rangeOf(live, now)).toEqual({ fromMs: at(10, 0), toMs: at(11, 0) })
    const selection = { fromMs: at(10, 10), toMs: at(10, 11) }
    const fixed = { ...live, ...withSelection(rangeOf(live, now), selection, 'connect') }
    const again = guildView.parse(guildView.print(fixed)).state
    expect(isLive(again)).toBe(false)
    expect(rangeOf(again, now + 10 * MINUTE_MS)).toEqual({ fromMs: at(10, 0), toMs: at(11, 0) })
    expect(selectionOf(again)).toEqual(selection)
    expect(again.action).toBe('connect')
  })

  it('never shows more than a day, nor a range that ends before it begins', () => {
    const wide = guildView.parse('?from=2026-11-01T00:00Z&to=2026-11-22T10:00Z').state
    expect(rangeOf(wide, 0)).toEqual({ fromMs: at(10, 0) - 1440 * MINUTE_MS, toMs: at(10, 0) })
    expect(isLive(guildView.parse('?from=2026-11-22T10:00Z&to=2026-11-22T09:00Z').state)).toBe(true)
  })

  it('zooms about the middle and pans by shares', () => {
    const hour = { fromMs: at(10, 0), toMs: at(11, 0) }
    expect(reframed(hour, 0.5, 0)).toEqual({ fromMs: at(10, 15), toMs: at(10, 45) })
    expect(reframed(hour, 1, -0.25)).toEqual({ fromMs: at(9, 45), toMs: at(10, 45) })
    expect(reframed(hour, 0.01, 0)).toEqual({ fromMs: at(10, 28), toMs: at(10, 33) })
    const day = reframed(hour, 99, 0)
    expect(day.toMs - day.fromMs).toBe(1440 * MINUTE_MS)
  })

  it('finds a zoomed box again by the names on the way to it', () => {
    const tree = callTreeFixture('a/b 10\n  c 5\nd 4\n  c 3')
    expect(pathOfNode(tree, 4)).toBe('d/c')
    for (let i = 0; i < tree.count; i++) expect(nodeOfPath(tree, pathOfNode(tree, i))).toBe(i)
    expect(nodeOfPath(tree, 'd/gone')).toBe(3)
    expect(nodeOfPath(tree, 'gone')).toBe(0)
  })
})
