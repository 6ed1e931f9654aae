/** The browser's side of `IncidentLive`: requests, server-sent events, storage. */
import type { Entry } from '../model/incident.ts'
import type { LiveHost, Pending } from './incident-live.ts'
import { eventsUrl, postEntry } from './incidents.ts'

const PREFIX = 'guildscope.unsent'

export function incidentHost(incidentId: string): LiveHost {
  const prefix = `${PREFIX}.${incidentId}.`
  return {
    post: (id, change) => postEntry(incidentId, { id, change }),
    follow(after, on) {
      const source = new EventSource(eventsUrl(incidentId, after))
      source.onopen = () => on.open()
      source.onmessage = (event) => {
        const entry: Entry = JSON.parse(event.data)
        on.entry(entry)
      }
      source.addEventListener('deleted', () => on.deleted())
      source.onerror = () => on.lost()
      return source
    },
    unsent: {
      load: () => loadUnsent(prefix),
      keep(pending) {
        try {
          localStorage.setItem(prefix + pending.id, JSON.stringify(pending))
        } catch {
          // Storage is forbidden or full: the change lives as long as this page, which says that it is unsent.
        }
      },
      drop(id) {
        try {
          localStorage.removeItem(prefix + id)
        } catch {
          // It was never kept.
        }
      },
    },
    now: () => Date.now(),
    newId,
    setTimeout: (run, ms) => window.setTimeout(run, ms),
    clearTimeout: (timer) => window.clearTimeout(timer),
  }
}

/** A UUID; `crypto.randomUUID` is missing on plain http from another machine. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function loadUnsent(prefix: string): Promise<readonly Pending[]> {
  const texts: string[] = []
  try {
    for (let i = 0; i < localStorage.length; i++) {
      const key = localStorage.key(i)
      if (key?.startsWith(prefix)) texts.push(localStorage.getItem(key) ?? '')
    }
  } catch {
    // Storage is forbidden: nothing was kept.
  }
  if (texts.length === 0) return []
  // The checker is large and seldom needed.
  const { parseChange } = await import('../evidence/entry.ts')
  return texts.flatMap((text) => {
    try {
      const kept: { id?: unknown; madeMs?: unknown; change?: unknown } = JSON.parse(text)
      const change = parseChange(kept.change)
      const readable = change.ok && typeof kept.id === 'string' && typeof kept.madeMs === 'number'
      return readable ? [{ id: String(kept.id), madeMs: Number(kept.madeMs), change: change.value }] : []
    } catch {
      // Not JSON: not ours.
      return []
    }
  })
}
