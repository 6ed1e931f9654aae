import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Result } from '../base/result.ts'
import { type Change, type Entry, NOTE_MAX, TITLE_MAX } from '../model/incident.ts'
import { parseChange, parseEntry } from './entry.ts'
import { foldLog } from './incident-log.ts'
import { upgradeChain } from './versions.ts'

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.kind}: ${result.failure.what}`)
  return result.value
}

const CREATED: Change = {
  kind: 'created',
  title: 'first',
  severity: 'minor',
  sides: [{ guildId: '1', fromMs: 0, toMs: 60_000 }],
  view: { path: '/guilds/1', search: '' },
  manifest: 'a'.repeat(64),
}

function log(...changes: readonly Change[]): Entry[] {
  return [CREATED, ...changes].map((change, seq) => ({
    v: 1,
    id: `e${seq}`,
    seq,
    atMs: 1000 + seq,
    by: { name: `w${seq}`, known: true },
    change,
  }))
}

const fold = (...changes: readonly Change[]) => must(foldLog('i', log(...changes)))
const add = (text: string, noteId = 'n'): Change => ({ kind: 'note-added', noteId, text, pin: { kind: 'incident' } })
const edit = (text: string, base: number, noteId = 'n'): Change => ({ kind: 'note-edited', noteId, text, base })
const remove = (base: number, noteId = 'n'): Change => ({ kind: 'note-removed', noteId, base })

describe('merge rule', () => {
  test('an edit from the newest revision replaces', () => {
    const [note] = fold(add('a'), edit('b', 1)).notes
    expect(note).toMatchObject({ text: 'b', revision: 2, conflicts: [], by: { name: 'w2' }, createdMs: 1001 })
  })

  test('an edit from an older one keeps the text that its writer did not see, until somebody saw both', () => {
    const changes = [add('a'), edit('b', 1), edit('c', 1)]
    const [note] = fold(...changes).notes
    expect(note).toMatchObject({ text: 'c', revision: 3 })
    expect(note.conflicts).toEqual([{ revision: 2, text: 'b', by: { name: 'w2', known: true }, atMs: 1002 }])
    expect(fold(...changes, edit('d', 2)).notes[0].conflicts.map((each) => each.text)).toEqual(['b', 'c'])
    expect(fold(...changes, edit('bc', 3)).notes[0]).toMatchObject({ text: 'bc', conflicts: [] })
  })

  test('the same text twice is no conflict; a revision that does not exist yet was not seen', () => {
    expect(fold(add('a'), edit('b', 1), edit('b', 1)).notes[0].conflicts).toEqual([])
    expect(fold(add('a'), edit('b', 7)).notes[0].conflicts).toHaveLength(1)
  })

  test('a removal from an older revision does not remove, and is told; one from the newest does', () => {
    const changes = [add('a'), edit('b', 1), remove(1)]
    expect(fold(...changes).notes[0]).toMatchObject({
      removed: false,
      text: 'b',
      refusedRemoval: { by: { name: 'w3' }, atMs: 1003 },
    })
    const settled = fold(...changes, edit('c', 2)).notes[0]
    expect(settled.refusedRemoval).toBeUndefined()
    expect(fold(...changes, remove(2)).notes[0]).toMatchObject({ removed: true, text: 'b' })
  })

  test('an edit brings a removed note back, whichever came first', () => {
    expect(fold(add('a'), remove(1), edit('b', 1)).notes[0]).toMatchObject({ removed: false, text: 'b' })
    expect(fold(add('a'), edit('b', 1), remove(1)).notes[0]).toMatchObject({ removed: false, text: 'b' })
  })

  test('two notes under one id, and an edit of an unknown note, lose no text', () => {
    const [note] = fold(add('a'), add('b')).notes
    expect([note.text, note.conflicts.map((each) => each.text)]).toEqual(['b', ['a']])
    expect(fold(edit('lone', 4)).notes).toMatchObject([{ text: 'lone', pin: { kind: 'incident' } }])
  })

  test('one field: the later entry wins; the same entry twice is one; order of arrival does not matter', () => {
    const entries = log({ kind: 'titled', title: 'second' }, { kind: 'titled', title: 'third' }, add('a'))
    const whole = must(foldLog('i', entries))
    expect(whole).toMatchObject({ title: 'third', length: 4, changedMs: 1003, createdBy: { name: 'w0' } })
    expect(must(foldLog('i', [...entries, ...entries].reverse()))).toEqual(whole)
  })

  test('a log without its beginning is refused', () => {
    expect(foldLog('i', log(add('a')).slice(1)).ok).toBe(false)
  })

  /** Writers who look, edit and remove as they like, from whatever they saw last. */
  test('no acknowledged text leaves a note unless somebody who saw it replaced it', () => {
    const step = fc.record({
      who: fc.integer({ min: 0, max: 3 }),
      act: fc.constantFrom('look', 'edit', 'edit', 'remove'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const changes: Change[] = [add('t0')]
        const kept = () => {
          const [note] = fold(...changes).notes
          return { revision: note.revision, texts: [note.text, ...note.conflicts.map((each) => each.text)] }
        }
        const seen = Array.from({ length: 4 }, kept)
        const owed = new Set(['t0'])
        steps.forEach(({ who, act }, n) => {
          if (act === 'look') seen[who] = kept()
          else if (act === 'remove') changes.push(remove(seen[who].revision))
          else {
            changes.push(edit(`t${n + 1}`, seen[who].revision))
            for (const text of seen[who].texts) owed.delete(text)
            owed.add(`t${n + 1}`)
          }
          const { texts } = kept()
          for (const text of owed) expect(texts).toContain(text)
        })
        expect(changes.filter((change) => change.kind === 'note-edited').length).toBe(kept().revision - 1)
      }),
      { numRuns: 200 },
    )
  })
})

describe('entries from outside', () => {
  const lines = readFileSync(new URL('./fixtures/log-v1.ndjson', import.meta.url), 'utf8')
    .trim()
    .split('\n')

  test('a log of version 1 still opens, and means the same', () => {
    const entries = lines.map((line) => must(parseEntry(JSON.parse(line))))
    const incident = must(foldLog('fixture', entries))
    expect(incident).toMatchObject({ title: 'Reaction flurry', severity: 'critical', status: 'mitigated', length: 16 })
    expect(incident.manifest).toBe('b'.repeat(64))
    expect(incident.markers.map((marker) => marker.label)).toEqual(['mitigation deployed'])
    expect(incident.notes.map((note) => [note.pin.kind, note.removed])).toEqual([
      ['cell', false],
      ['span', true],
      ['range', false],
      ['time', false],
      ['incident', false],
    ])
    expect(incident.notes[0].conflicts.map((each) => each.text)).toEqual(['**Onset** at 10:05'])
    const kinds = new Set(entries.map((entry) => entry.change.kind))
    expect(kinds.size).toBe(10)
  })

  test('hostile text is kept as it is', () => {
    const title = 'a\u0000b\u202e<script>alert(1)</script>\ud800'
    expect(must(parseChange({ kind: 'titled', title }))).toEqual({ kind: 'titled', title })
  })

  test.each([
    [{ kind: 'titled', title: 'x'.repeat(10_000) }, `at most ${TITLE_MAX}`],
    [{ kind: 'titled', title: '  ' }, 'must not be empty'],
    [{ ...add('x'), text: 'x'.repeat(NOTE_MAX + 1) }, 'at most 20,000'],
    [{ ...add('x'), noteId: '../etc' }, 'letters, digits'],
    [{ ...add('x'), pin: { kind: 'range', fromMs: 2, toMs: 1 } }, 'end after it begins'],
    [{ ...add('x'), pin: { kind: 'span', traceId: 'x', spanId: 'y', ordinal: 0 } }, '32 hex digits'],
    [{ kind: 'marker-added', markerId: 'm', label: 'x'.repeat(121), atMs: 1 }, 'at most 120'],
    [{ kind: 'marker-added', markerId: 'm', label: 'x', atMs: Number.NaN }, 'Unix milliseconds'],
    [{ ...CREATED, sides: [] }, 'at least one guild'],
    [{ ...CREATED, view: { path: '//elsewhere.example', search: '' } }, 'of this application'],
    [{ kind: 'unknown' }, 'cannot be saved'],
    [null, 'cannot be saved'],
  ])('%j is refused in words', (change, words) => {
    const refused = parseChange(change)
    expect(refused.ok ? '' : refused.failure.what).toContain(words)
  })

  test('any JSON at all gives an entry or a sentence', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(15), (value, at) => {
        const entry = JSON.parse(lines[at])
        expect(parseEntry(value).ok).toBe(false)
        parseEntry({ ...entry, change: value })
        parseEntry({ ...entry, by: value, seq: value })
      }),
    )
  })

  test('an entry of a newer version says so', () => {
    const refused = parseEntry({ ...JSON.parse(lines[0]), v: 2 })
    expect(refused.ok ? '' : refused.failure.what).toContain('newer Guildscope (version 2')
  })
})

describe('upgrades', () => {
  test('each step is there, or the module does not load', () => {
    expect(() => upgradeChain('thing', 3, [(older) => older])).toThrow('needs 2 upgraders')
  })

  test('an older document is led through every step', () => {
    const upgrade = upgradeChain<string>('thing', 3, [(older) => `${older}2`, (older) => `${older}3`])
    expect(['1', '2', '3'].map((from) => must(upgrade('', Number(from))))).toEqual(['23', '3', ''])
    expect([0, 4, 1.5, '1', undefined].map((from) => upgrade('', from).ok)).toEqual([false, false, false, false, false])
    const throwing = upgradeChain<string>('thing', 2, [
      () => {
        throw new Error('x')
      },
    ])
    expect(throwing('', 1).ok).toBe(false)
  })
})
