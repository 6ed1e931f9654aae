import { guildNodeName } from './infrastructure.ts'
import { ACTIONS } from './model/actions.ts'
import type { GuildServer } from './model/guild-server.ts'
import { type MinuteTotals, WAIT_BOUNDS_US, WAIT_BUCKETS } from './model/minute.ts'

const MINUTE_MS = 60_000
/** Samples in one request. */
const PER_REQUEST = 4_000

export interface TimingsRequest {
  readonly body: string
  readonly samples: number
}

/**
 * What has changed in minutes up to and including `minute` since it was last reported, as requests of `POST /v1/timings`.
 * Minutes that can no longer change are forgotten.
 */
export function* reportTimings<Head>(
  servers: readonly GuildServer<Head>[],
  startMs: number,
  minute: number,
): Generator<TimingsRequest> {
  let samples: string[] = []
  for (const server of servers) {
    for (const totals of server.minutes.values()) {
      if (totals.minute > minute) continue
      if (totals.dirty) {
        totals.dirty = false
        appendSamples(samples, server, totals, startMs)
      }
      if (totals.minute < minute - 1) server.forget(totals.minute)
      if (samples.length >= PER_REQUEST) {
        yield request(samples)
        samples = []
      }
    }
  }
  if (samples.length > 0) yield request(samples)
}

function request(samples: readonly string[]): TimingsRequest {
  return { body: `{"samples":[${samples.join(',')}]}`, samples: samples.length }
}

function appendSamples<Head>(out: string[], server: GuildServer<Head>, totals: MinuteTotals, startMs: number): void {
  const { spec } = server
  const minute = new Date(startMs + totals.minute * MINUTE_MS).toISOString().replace('.000Z', 'Z')
  const head = `{"guildId":"${spec.id}","guildName":${JSON.stringify(spec.name)},"sessions":${spec.sessions},"node":"${guildNodeName(spec.node)}","minute":"${minute}"`
  for (let a = 0; a < ACTIONS.length; a++) {
    if (totals.count[a] === 0 && totals.arrived[a] === 0) continue
    let sample = `${head},"action":"${ACTIONS[a].name}","busyUs":${Math.round(totals.busyUs[a])},"count":${totals.count[a]},"arrived":${totals.arrived[a]}`
    if (totals.count[a] > 0) {
      sample += `,"waitUsTotal":${Math.round(totals.waitUsTotal[a])},"waitUsMax":${Math.round(totals.waitUsMax[a])},"mailboxDepthMax":${totals.depthMax[a]}`
      sample += histogram(totals, a)
    }
    out.push(`${sample}}`)
  }
}

/** Buckets up to the last one that is not empty; the count above the last bound closes the list. */
function histogram(totals: MinuteTotals, action: number): string {
  const from = action * WAIT_BUCKETS
  let last = WAIT_BUCKETS - 1
  while (totals.waits[from + last] === 0) last--
  const bounds = WAIT_BOUNDS_US.slice(0, last + 1)
  const counts = Array.from(totals.waits.subarray(from, from + bounds.length + 1))
  if (counts.length === bounds.length) counts.push(0)
  return `,"waitHistogram":{"boundsUs":[${bounds.join(',')}],"counts":[${counts.join(',')}]}`
}
