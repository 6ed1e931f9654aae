/** New entries of an incident as server-sent events. */
import { fail, ok, type Result } from '../base/result.ts'
import type { Entry } from '../model/incident.ts'
import type { IncidentLogs } from './logs.ts'

const HEARTBEAT_MS = 15_000
const STREAMS_MAX = 64
/** A reader that does not take what it is sent is let go: it comes back and says what it had last. */
const WAITING_BYTES_MAX = 4 << 20

/** The log itself, or what a reader of a redacted copy has of it. */
export type EntrySource = Pick<IncidentLogs, 'listeners' | 'subscribe' | 'state' | 'shared'>

/** No entry of another copy takes longer from getting its place to being kept, the difference of their clocks included. */
const LATE_MS = 5 * 60_000

/**
 * What a reader may not have who had `after` last. Where copies share a log, an entry of one may come in before what a reader of the other
 * had: then those of the last five minutes come again, and their ids say which are known.
 */
export function entriesBehind(entries: readonly Entry[], after: number, shared: boolean): readonly Entry[] {
  if (!shared || after < 0) return entries.filter((entry) => entry.seq > after)
  let hadMs = 0
  for (const entry of entries) if (entry.seq <= after) hadMs = Math.max(hadMs, entry.atMs)
  return entries.filter((entry) => entry.seq > after || entry.atMs > hadMs - LATE_MS)
}

const encoder = new TextEncoder()

/**
 * Entries behind `after`, then each new one; a comment every 15 s. Ends when `signal` aborts, when the incident is deleted (after an
 * event `deleted`), or when `mayGoOn`, asked with each heartbeat, says no.
 */
export async function eventStream(
  logs: EntrySource,
  id: string,
  after: number,
  signal: AbortSignal,
  mayGoOn: () => Promise<boolean>,
): Promise<Result<ReadableStream<Uint8Array<ArrayBuffer>>>> {
  if (logs.listeners(id) >= STREAMS_MAX)
    return fail(
      'busy',
      'incidents',
      `${STREAMS_MAX} pages follow this incident already, as many as may.`,
      'Close one, or read the incident again from time to time.',
    )
  const waiting: Entry[] = []
  let deliver: (entry: Entry | undefined) => void = (entry) => {
    if (entry !== undefined) waiting.push(entry)
  }
  // Listening begins before the log is read: no entry falls in between.
  const unsubscribe = logs.subscribe(id, (entry) => deliver(entry))
  const state = await logs.state(id)
  if (!state.ok) {
    unsubscribe()
    return state
  }
  const missed = new Map(entriesBehind(state.value.entries, after, logs.shared).map((entry) => [entry.id, entry]))
  for (const entry of waiting) missed.set(entry.id, entry)
  let release = unsubscribe
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        let open = true
        const send = (text: string) => {
          if (!open) return
          controller.enqueue(encoder.encode(text))
          if ((controller.desiredSize ?? 0) < -WAITING_BYTES_MAX) end()
        }
        const heartbeat = setInterval(() => {
          send(':\n\n')
          mayGoOn().then(
            (may) => {
              if (!may) end()
            },
            () => end(),
          )
        }, HEARTBEAT_MS)
        release = () => {
          open = false
          clearInterval(heartbeat)
          unsubscribe()
          signal.removeEventListener('abort', end)
        }
        const end = () => {
          if (!open) return
          release()
          controller.close()
        }
        signal.addEventListener('abort', end)
        deliver = (entry) => {
          if (entry === undefined) {
            send('event: deleted\ndata: {}\n\n')
            end()
          } else {
            send(`id: ${entry.seq}\ndata: ${JSON.stringify(entry)}\n\n`)
          }
        }
        // A comment first: what stands in between passes the headers on.
        send(':\nretry: 1000\n\n')
        for (const entry of missed.values()) deliver(entry)
        if (signal.aborted) end()
      },
      cancel: () => release(),
    },
    { highWaterMark: 0, size: (chunk) => chunk.byteLength },
  )
  return ok(stream)
}
