import { describe, expect, it } from 'vitest'
import { ADDRESS_MAX, type Host, viewStore } from './view-store.ts'

function fakeHost() {
  const log: string[] = []
  const timers = new Map<number, () => void>()
  const heard = new Map<string, () => void>()
  const location = { pathname: '/guilds/1', search: '', hash: '' }
  let entry: unknown = null
  const go = (kind: string) => (state: unknown, _title: string, url?: string | URL | null) => {
    entry = state
    log.push(`${kind} ${url}`)
    const parsed = new URL(String(url), 'http://host')
    location.pathname = parsed.pathname
    location.search = parsed.search
  }
  const host: Host = {
    location,
    history: {
      pushState: go('push'),
      replaceState: go('replace'),
      get state() {
        return entry
      },
    },
    setTimeout: (run) => {
      timers.set(timers.size, run)
      return timers.size - 1
    },
    clearTimeout: (id) => timers.delete(id),
    addEventListener: (type, listener) => heard.set(type, listener),
  }
  const tick = () => {
    const due = [...timers.values()]
    timers.clear()
    for (const run of due) run()
  }
  return { host, log, location, tick, fire: (type: string) => heard.get(type)?.() }
}

describe('view store', () => {
  it('pushes discrete moves at once and writes continuous ones late, but reads them at once', () => {
    const { host, log, tick } = fakeHost()
    const store = viewStore(host)
    let told = 0
    store.subscribe(() => told++)
    store.push('?v=1&a=1')
    store.replace('?v=1&a=2')
    store.replace('?v=1&a=3')
    expect(store.search()).toBe('?v=1&a=3')
    expect(told).toBe(3)
    expect(log).toEqual(['push /guilds/1?v=1&a=1'])
    tick()
    expect(log).toEqual(['push /guilds/1?v=1&a=1', 'replace /guilds/1?v=1&a=3'])
  })

  it('writes what waits when another page is asked for, and nothing until it is here', () => {
    const { host, log, location, tick } = fakeHost()
    const store = viewStore(host)
    store.replace('?q=flurry')
    store.leave()
    expect(log).toEqual(['replace /guilds/1?q=flurry'])
    store.replace('?q=flurry&scroll=1')
    tick()
    tick()
    expect(log).toHaveLength(1)
    location.pathname = '/incidents/1'
    location.search = ''
    store.replace('?sel=1')
    tick()
    expect(log.slice(1)).toEqual(['replace /incidents/1?sel=1'])
  })

  it('writes a waiting pan before a push, so that Back finds it', () => {
    const { host, log } = fakeHost()
    const store = viewStore(host)
    store.replace('?a=1')
    store.push('?a=2')
    expect(log).toEqual(['replace /guilds/1?a=1', 'push /guilds/1?a=2'])
  })

  it('does not push the same twice', () => {
    const { host, log } = fakeHost()
    const store = viewStore(host)
    store.push('?a=1')
    store.push('?a=1')
    expect(log).toHaveLength(1)
  })

  it('forgets a pan when Back is pressed, and never writes it onto another page', () => {
    const { host, log, location, tick, fire } = fakeHost()
    const store = viewStore(host)
    store.replace('?a=1')
    location.search = '?old'
    fire('popstate')
    expect(store.search()).toBe('?old')
    store.replace('?a=2')
    location.pathname = '/traces/1'
    location.search = ''
    expect(store.search()).toBe('')
    tick()
    expect(log).toEqual([])
  })

  it('keeps a state too long for the address in the history entry, and comes back to the address once it fits', () => {
    const { host, log, tick } = fakeHost()
    const store = viewStore(host)
    const long = `?v=1&spans=${'1.'.repeat(ADDRESS_MAX)}2`
    store.push(long)
    expect(log).toEqual(['push /guilds/1?cut=1'])
    expect(store.search()).toBe(long)
    store.replace(`${long}3`)
    tick()
    expect(viewStore(host).search()).toBe(`${long}3`)
    store.push('?v=1&a=1')
    expect(log.at(-1)).toBe('push /guilds/1?v=1&a=1')
    expect(store.search()).toBe('?v=1&a=1')
  })
})
