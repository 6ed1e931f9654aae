import { ACTION, guildBlobs, KEY, NAME, STAGE } from './blobs.ts'
import { FAILURES, type Head } from './head.ts'
import { relayCount } from './model/actions.ts'
import type { GuildServer } from './model/guild-server.ts'
import { RELAY_US_PER_RECIPIENT, type World } from './model/world.ts'
import { type Id64, SPAN_KIND, type TraceContext } from './otlp-encode.ts'
import type { SpanWriter } from './span-writer.ts'

/** What a relay does within this time is written with the guild's span. */
const SOON_US = 1_000_000

interface RelayTime {
  readonly enqueuedUs: number
  readonly startUs: number
  readonly tookUs: number
}

/** A fan-out of which every recipient is traced. */
export interface FullFanout {
  readonly traceId: string
  /** Spans of the trace written so far. */
  readonly spansBefore: number
  readonly head: Head
  readonly publish: Id64
  readonly atUs: number
  readonly tookUs: number
}

/** Writes the spans beyond the guild: relays, sessions, gateways. */
export class FanoutWriter {
  /** Waits to be written by `writeFull`. */
  waiting: FullFanout | undefined
  readonly #out: SpanWriter
  readonly #world: World<Head>
  readonly #later: { readonly atUs: number; readonly write: () => void }[] = []

  constructor(out: SpanWriter, world: World<Head>) {
    this.#out = out
    this.#world = world
  }

  /** Writes what relays that are behind have done by `nowUs`. */
  tick(nowUs: number): void {
    let waiting = 0
    for (const later of this.#later) {
      if (later.atUs <= nowUs) later.write()
      else this.#later[waiting++] = later
    }
    this.#later.length = waiting
  }

  /** Relays (of large guilds), then the sessions that are kept, then their gateways. */
  write(
    server: GuildServer<Head>,
    head: Head,
    publish: Id64,
    atUs: number,
    tookUs: number,
    recipients: number,
    keep: number,
  ): void {
    const { random } = this.#out
    const kept = keep === 1 ? recipients : Math.min(recipients, random.poisson(recipients * keep))
    const relays = recipients === 1 ? 0 : Math.min(recipients, relayCount(server.spec.sessions))
    if (relays === 0) {
      for (let i = 0; i < kept; i++)
        this.#session(head, head.trace, publish, -1, atUs + tookUs * random.next() + random.between(100, 500))
      return
    }
    const perRelay = recipients / relays
    const sessions = new Array<number>(relays).fill(0)
    for (let i = 0; i < kept; i++) sessions[random.below(relays)]++
    for (let r = 0; r < relays; r++) {
      const lost = r % this.#out.at.relays.length === 2 && random.next() < 0.03
      const trace = lost ? this.#out.ids.trace(undefined) : head.trace
      const time = this.#relayTime(server, r, relays, atUs, tookUs, perRelay)
      const write = () => {
        const id = this.#relay(head, trace, lost ? undefined : publish, r, time, perRelay, keep)
        for (let i = 0; i < sessions[r]; i++)
          this.#session(head, trace, id, r, time.startUs + time.tookUs * random.next() + random.between(100, 400))
      }
      // A relay that is far behind does this work much later than the guild handed it over.
      if (time.startUs < atUs + SOON_US) write()
      else this.#later.push({ atUs: time.startUs + time.tookUs, write })
    }
  }

  #relayTime(
    server: GuildServer<Head>,
    relay: number,
    relays: number,
    publishUs: number,
    publishTookUs: number,
    recipients: number,
  ): RelayTime {
    const { random } = this.#out
    const state = this.#world.relayOf(server)
    const slow = state !== undefined && state.slowRelay === relay ? state.slowFactor : 1
    const tookUs = 30 + recipients * RELAY_US_PER_RECIPIENT * random.between(0.8, 1.3) * slow
    const load = Math.min(0.95, (state?.load ?? 0) * slow)
    // Mean wait of a queue with about constant service times: ρ / (2 (1 − ρ)) services; the slow relay's backlog on top.
    const waitUs =
      random.exponential() * tookUs * (load / (2 * (1 - load))) + (slow > 1 ? (state?.slowBacklogUs ?? 0) : 0)
    const enqueuedUs = publishUs + (publishTookUs * (relay + 1)) / relays + random.between(120, 500)
    return { enqueuedUs, startUs: enqueuedUs + waitUs, tookUs }
  }

  #relay(
    head: Head,
    trace: TraceContext,
    parent: Id64 | undefined,
    relay: number,
    time: RelayTime,
    recipients: number,
    keep: number,
  ): Id64 {
    const { encoder } = this.#out
    const { server } = head
    const id = this.#out.ids.span()
    const blobs = guildBlobs(server.spec)
    const node = this.#out.at.relays[(relay + server.spec.node) % this.#out.at.relays.length]
    this.#out.begin(node, trace, id, parent, NAME.relay, SPAN_KIND.consumer, time.startUs, time.startUs + time.tookUs)
    encoder.add(STAGE.relay)
    encoder.add(ACTION[head.action].attribute)
    encoder.add(blobs.id)
    encoder.add(blobs.relays[relay])
    encoder.addInstant(KEY.enqueued, time.enqueuedUs)
    encoder.addInt(KEY.recipients, Math.round(recipients))
    encoder.addDouble(KEY.keepRate, keep)
    encoder.end()
    return id
  }

  #session(head: Head, trace: TraceContext, parent: Id64, relay: number, startUs: number, gateway = true): void {
    const { random } = this.#out
    const { encoder } = this.#out
    const blobs = guildBlobs(head.server.spec)
    const id = this.#out.ids.span()
    const node = random.below(this.#out.at.sessions.length)
    const tookUs = random.between(18, 60) + (random.next() < 0.02 ? random.between(200, 4_000) : 0)
    this.#out.begin(
      this.#out.at.sessions[node],
      trace,
      id,
      parent,
      NAME.push,
      SPAN_KIND.consumer,
      startUs,
      startUs + tookUs,
    )
    encoder.add(STAGE.session)
    encoder.add(ACTION[head.action].attribute)
    encoder.add(blobs.id)
    if (relay !== -1) encoder.add(blobs.relays[relay])
    encoder.addString(KEY.session, this.#out.hex())
    encoder.end()
    // One session node still runs a version that does not hand the context on.
    if (!gateway || node === 7) return
    const sendUs = startUs + tookUs + random.between(60, 300)
    const end = sendUs + random.between(50, 350)
    this.#out.begin(
      this.#out.at.gateway[random.below(this.#out.at.gateway.length)],
      trace,
      this.#out.ids.span(),
      id,
      NAME.gateway,
      SPAN_KIND.consumer,
      sendUs,
      end,
    )
    encoder.add(STAGE.gateway)
    encoder.add(ACTION[head.action].attribute)
    encoder.add(blobs.id)
    if (random.next() < FAILURES) this.#out.failed(end, 'closed', 'the websocket was closed')
    encoder.end()
  }

  /** Writes the fan-out that waits; pauses after about `every` spans so that the caller can send them. */
  *writeFull(every: number): Generator<void> {
    const waiting = this.waiting
    if (waiting === undefined) return
    this.waiting = undefined
    const { head, publish, atUs, tookUs } = waiting
    const { sessions } = head.server.spec
    const relays = Math.max(1, relayCount(sessions))
    for (let r = 0; r < relays; r++) {
      const here = Math.floor((sessions * (r + 1)) / relays) - Math.floor((sessions * r) / relays)
      const time = this.#relayTime(head.server, r, relays, atUs, tookUs, here)
      const id = this.#relay(head, head.trace, publish, r, time, here, 1)
      for (let i = 0; i < here; i++) {
        const sent = time.startUs + (time.tookUs * i) / here + this.#out.random.between(100, 400)
        this.#session(head, head.trace, id, r, sent, false)
        if (this.#out.encoder.pending >= every) yield
      }
    }
  }
}
