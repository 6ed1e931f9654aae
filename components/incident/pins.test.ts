import { describe, expect, it } from 'vitest'
import { guildView } from '@/components/guild/guild-view.ts'
import { traceCodec } from '@/components/trace/trace-view-state.ts'
import type { Note, Pin } from '@/lib/model/incident.ts'
import { firstWords, inOrder, pinnedView, pinWords } from './pins.ts'

const at = (hour: number, minute: number) => Date.UTC(2026, 10, 22, hour, minute)
const incident = { sides: [{ guildId: '1', guildName: 'Arena', fromMs: at(10, 0), toMs: at(11, 0) }] }
const ranges = () => [{ label: 'the incident', fromMs: at(10, 0), toMs: at(11, 0) }]

function note(noteId: string, pin: Pin, removed = false): Note {
  const by = { name: 'Ann', known: true }
  return { noteId, pin, text: noteId, revision: 1, by, createdMs: 0, conflicts: [], removed }
}

describe('pins', () => {
  it('are said in words', () => {
    expect(pinWords({ kind: 'cell', guildId: '1', minuteMs: at(10, 5), action: 'connect' }, incident, 'UTC')).toBe(
      '10:05 · connect',
    )
    expect(pinWords({ kind: 'range', fromMs: at(10, 5), toMs: at(10, 31) }, incident, 'UTC')).toBe('10:05–10:31')
    expect(pinWords({ kind: 'time', atMs: at(12, 0) + 86_400_000 }, incident, 'UTC')).toBe('2026-11-23 12:00')
    expect(
      pinWords({ kind: 'cell', guildId: '1', minuteMs: at(10, 5), action: 'a\u202eb' }, incident, 'UTC'),
    ).toContain('⟨U+202E⟩')
  })

  it('lead to the view in which the thing is seen', () => {
    const cell = pinnedView({ kind: 'cell', guildId: '1', minuteMs: at(10, 5), action: 'connect' }, incident, ranges)
    expect(guildView.parse(cell?.search ?? '').state).toMatchObject({
      from: at(10, 0),
      to: at(11, 0),
      sel: at(10, 5),
      selTo: undefined,
      action: 'connect',
    })
    const span = pinnedView(
      { kind: 'span', traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), ordinal: 2 },
      incident,
      ranges,
    )
    expect(span).toMatchObject({ kind: 'trace', traceId: 'a'.repeat(32) })
    expect(traceCodec.parse(span?.search ?? '').state).toMatchObject({ span: `${'b'.repeat(16)}-2`, details: true })
    expect(pinnedView({ kind: 'incident' }, incident, ranges)).toBeUndefined()
  })

  it('order notes by time, with numbers that never move', () => {
    const notes = [
      note('late', { kind: 'time', atMs: at(10, 30) }),
      note('gone', { kind: 'incident' }, true),
      note('span', { kind: 'span', traceId: '', spanId: '', ordinal: 0 }),
      note('early', { kind: 'range', fromMs: at(10, 1), toMs: at(10, 2) }),
      note('whole', { kind: 'incident' }),
    ]
    expect(inOrder(notes).map(({ note, number }) => `${number} ${note.noteId}`)).toEqual([
      '5 whole',
      '4 early',
      '1 late',
      '3 span',
    ])
  })

  it('show the first words of a note', () => {
    expect(firstWords('\n## **It** began [here](https://x.example)\nmore')).toBe('It began here')
    expect(firstWords('x'.repeat(100), 10)).toBe(`${'x'.repeat(10)}…`)
  })
})
