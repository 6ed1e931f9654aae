import { describe, expect, it } from 'vitest'
import type { Change, Entry } from '../model/incident.ts'
import { IncidentLive, type LiveHost, type Pending } from './incident-live.ts'

const YOU = { name: 'Ann', known: true }
const CREATED: Change = {
  kind: 'created',
  title: 'Flurry',
  severity: 'major',
  sides: [{ guildId: '1', fromMs: 0, toMs: 60_000 }],
  view: { path: '/guilds/1', search: '' },
  manifest: '0'.repeat(64),
}

/** A server with one log, and any number of browsers at it. */
function world() {
  const log: Entry[] = []
  const followers = new Set<(entry: Entry) => void>()
  let up = true
  let losesAnswers = false
  const append = (id: string, change: Change, name = 'server'): Entry => {
    const known = log.find((entry) => entry.id === id)
    if (known !== undefined) return known
    const entry: Entry = { v: 1, id, seq: log.length, atMs: log.length, by: { name, known: true }, change }
    log.push(entry)
    for (const tell of followers) tell(entry)
    return entry
  }
  append('first', CREATED)

  function browser(stored: Map<string, Pending> = new Map()) {
    const timers: { run: () => void; ms: number }[] = []
    let ids = 0
    let end: (() => void) | undefined
    const prefix = Math.random().toString(36).slice(2)
    const host: LiveHost = {
      async post(id, change) {
        if (!up) throw new TypeError('fetch failed')
        if (change.kind === 'titled' && change.title === '')
          throw Object.assign(new Error('no'), {
            failure: { kind: 'bad-request', source: 'request', what: 'The title must not be empty.', tryThis: '' },
          })
        const entry = append(id, change, 'Ann')
        if (losesAnswers) throw new TypeError('connection reset')
        return entry
      },
      follow(after, on) {
        if (!up) {
          queueMicrotask(on.lost)
          return { close() {} }
        }
        followers.add(on.entry)
        end = on.lost
        queueMicrotask(() => {
          on.open()
          for (const entry of log) if (entry.seq > after) on.entry(entry)
        })
        return { close: () => followers.delete(on.entry) }
      },
      unsent: {
        load: async () => [...stored.values()],
        keep: (pending) => stored.set(pending.id, pending),
        drop: (id) => stored.delete(id),
      },
      now: () => 1_000,
      newId: () => `${prefix}-${ids++}`,
      setTimeout(run, ms) {
        timers.push({ run, ms })
        return timers.length
      },
      clearTimeout() {},
    }
    const live = new IncidentLive('x', undefined, YOU, host)
    live.start()
    const settle = async () => {
      for (let i = 0; i < 12; i++) {
        await Promise.resolve()
        const due = timers.splice(0)
        for (const { run } of due) run()
      }
    }
    return { live, settle, stored, cut: () => end?.() }
  }
  return {
    log,
    append,
    browser,
    set up(value: boolean) {
      up = value
    },
    set losesAnswers(value: boolean) {
      losesAnswers = value
    },
  }
}

const note = (noteId: string, text: string): Change => ({ kind: 'note-added', noteId, text, pin: { kind: 'incident' } })

describe('an incident in this browser', () => {
  it('shows what was written at once, and once only', async () => {
    const server = world()
    const { live, settle } = server.browser()
    await settle()
    live.write(note('n1', 'hello'))
    expect(live.state().incident?.notes.map(({ text }) => text)).toEqual(['hello'])
    expect(live.state().pending).toHaveLength(1)
    await settle()
    expect(live.state().incident?.notes.map(({ text }) => text)).toEqual(['hello'])
    expect(live.state().pending).toHaveLength(0)
    expect(server.log).toHaveLength(2)
  })

  it('two browsers see each other', async () => {
    const server = world()
    const [a, b] = [server.browser(), server.browser()]
    await a.settle()
    await b.settle()
    a.live.write(note('n1', 'from a'))
    b.live.write({ kind: 'status', status: 'mitigated' })
    await a.settle()
    await b.settle()
    await a.settle()
    for (const { live } of [a, b]) {
      expect(live.state().incident).toMatchObject({ status: 'mitigated', notes: [{ text: 'from a' }] })
    }
  })

  it('one note edited by both at once keeps both texts', async () => {
    const server = world()
    const [a, b] = [server.browser(), server.browser()]
    a.live.write(note('n1', 'first'))
    await a.settle()
    await b.settle()
    a.live.write({ kind: 'note-edited', noteId: 'n1', text: 'by a', base: 1 })
    b.live.write({ kind: 'note-edited', noteId: 'n1', text: 'by b', base: 1 })
    await a.settle()
    await b.settle()
    await a.settle()
    for (const { live } of [a, b]) {
      const [seen] = live.state().incident?.notes ?? []
      expect([seen.text, ...seen.conflicts.map(({ text }) => text)].sort()).toEqual(['by a', 'by b'])
    }
  })

  it('keeps what could not be sent, over a reload, and sends it again', async () => {
    const server = world()
    const first = server.browser()
    await first.settle()
    server.up = false
    first.cut()
    first.live.write(note('n1', 'kept'))
    await first.settle()
    expect(first.live.state()).toMatchObject({ connection: 'lost', pending: [{ change: { text: 'kept' } }] })
    first.live.stop()
    server.up = true
    const second = server.browser(first.stored)
    await second.settle()
    expect(server.log.map(({ change }) => change.kind)).toEqual(['created', 'note-added'])
    expect(second.stored.size).toBe(0)
    expect(second.live.state().pending).toEqual([])
  })

  it('at rest it follows nothing and still sends; woken it catches up', async () => {
    const server = world()
    const { live, settle } = server.browser()
    await settle()
    live.rest()
    server.append('x', note('n1', 'meanwhile'))
    live.write(note('n2', 'mine'))
    await settle()
    expect(server.log).toHaveLength(3)
    expect(live.state().incident?.notes.map(({ noteId }) => noteId)).toEqual(['n2'])
    live.wake()
    await settle()
    expect(live.state().incident?.notes.map(({ noteId }) => noteId)).toEqual(['n1', 'n2'])
  })

  it('a lost answer does not write twice', async () => {
    const server = world()
    const { live, settle } = server.browser()
    await settle()
    server.losesAnswers = true
    live.write(note('n1', 'once'))
    await settle()
    server.losesAnswers = false
    await settle()
    expect(server.log).toHaveLength(2)
    expect(live.state().pending).toEqual([])
  })

  it('a refused change stays until it is seen, and holds nothing up', async () => {
    const server = world()
    const { live, settle } = server.browser()
    await settle()
    live.write({ kind: 'titled', title: '' })
    live.write(note('n1', 'after it'))
    await settle()
    expect(live.state().incident?.title).toBe('Flurry')
    expect(live.state().pending).toMatchObject([{ refused: { what: 'The title must not be empty.' } }])
    expect(server.log).toHaveLength(2)
    live.discard(live.state().pending[0].id)
    expect(live.state().pending).toEqual([])
  })
})
