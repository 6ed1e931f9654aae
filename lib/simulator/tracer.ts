import { ACTION, guildBlobs, KEY, NAME, partName, STAGE } from './blobs.ts'
import type { Infrastructure } from './infrastructure.ts'
import { ACTIONS, audienceSize, fanoutKeepRate, type Part, relayCount } from './model/actions.ts'
import { CALL_TIMEOUT_US, type GuildServer, type Watcher } from './model/guild-server.ts'
import { RELAY_US_PER_RECIPIENT, type World } from './model/world.ts'
import { type Id64, keyValue, SPAN_KIND, type SpanEncoder, type TraceContext, traceIdText } from './otlp-encode.ts'
import { Random } from './random.ts'
import type { TraceIds } from './trace-ids.ts'

/**
 * Turns the messages that head sampling chose into spans:
 *
 *   client ─▶ api ─▶ guild.call/cast ─▶ guild.<action> ─┬─ its parts
 *                                                       └─ fanout.publish ─▶ relays ─▶ session.push ─▶ gateway.send
 *
 * A span is written when it ends. What happens before the mailbox is known on arrival; the rest once the guild has handled the
 * message, which can be many minutes later. A call's caller gives up after 5 s, so the guild's span may start after its parent ended.
 */

/** About this share of traces lost everything before the guild. */
const INCOMPLETE = 0.02
const FAILURES = 0.004
/** What a relay does within this time is written with the guild's span. */
const SOON_US = 1_000_000

export interface Head {
  readonly trace: TraceContext
  readonly action: number
  readonly arrivalUs: number
  /** Trace every recipient: for the largest trace. */
  readonly full: boolean
  /** Parent of the guild's span; undefined: the guild's span is the root. */
  readonly parent: Id64 | undefined
  readonly user: string
  readonly session: string
  readonly channel: string
  readonly client: Id64
  readonly api: Id64
  /** Start of the client's, the api's and the call's span. */
  readonly clientUs: number
  readonly apiUs: number
  readonly rpcUs: number
  readonly server: GuildServer<Head>
  readonly retried: boolean
  /** Nothing remains to be written but what the guild does. */
  upstreamWritten: boolean
}

/** A trace that has been written to its end. */
export interface FinishedTrace {
  readonly traceId: string
  readonly guildId: string
  readonly action: string
  readonly complete: boolean
  readonly waitUs: number
  readonly startUs: number
  readonly endUs: number
}

interface RelayTime {
  readonly enqueuedUs: number
  readonly startUs: number
  readonly tookUs: number
}

interface FullFanout {
  readonly traceId: string
  /** Spans of the trace written so far. */
  readonly spansBefore: number
  readonly head: Head
  readonly publish: Id64
  readonly atUs: number
  readonly tookUs: number
}

export class Tracer implements Watcher<Head> {
  traces = 0
  spans = 0
  incompleteTraces = 0
  onFinished: ((trace: FinishedTrace) => void) | undefined
  /** The next message_create of this guild from then on is traced to every session. */
  fullTraceOf: { readonly guildId: string; readonly fromUs: number } | undefined
  /** A fan-out that waits to be written by `writeFullFanout`. */
  fullFanout: FullFanout | undefined
  readonly #encoder: SpanEncoder
  readonly #at: Infrastructure
  readonly #ids: TraceIds
  readonly #random: Random
  readonly #world: World<Head>
  readonly #calls: Head[] = []
  readonly #later: { readonly atUs: number; readonly write: () => void }[] = []
  readonly #recentPresence = new Map<string, { readonly trace: TraceContext; readonly id: Id64 }[]>()
  #lastEndUs = 0
  #spansBefore = 0

  constructor(encoder: SpanEncoder, at: Infrastructure, ids: TraceIds, world: World<Head>, seed: string) {
    this.#encoder = encoder
    this.#at = at
    this.#ids = ids
    this.#world = world
    this.#random = new Random(`${seed}/traces`)
  }

  arrived(server: GuildServer<Head>, action: number, atUs: number, retried: boolean): Head {
    const random = this.#random
    const wanted = this.fullTraceOf
    const full =
      wanted !== undefined &&
      wanted.guildId === server.spec.id &&
      atUs >= wanted.fromUs &&
      ACTIONS[action].name === 'message_create'
    if (full) this.fullTraceOf = undefined
    const rooted = !full && (ACTIONS[action].kind === 'info' || random.next() < INCOMPLETE)
    const rpcUs = atUs - random.between(150, 700)
    const apiUs = rpcUs - random.between(700, 4_000)
    const culprit = this.#world.culprit(server, action)
    const head: Head = {
      trace: this.#ids.trace(full ? 1 : server.headRates[action]),
      action,
      arrivalUs: atUs,
      full,
      parent: rooted ? undefined : this.#ids.span(),
      user: culprit !== undefined && random.next() < culprit.share ? culprit.user : this.#snowflake(),
      session: this.#hex(),
      channel: this.#channel(server),
      client: this.#ids.span(),
      api: this.#ids.span(),
      clientUs: apiUs - random.between(8_000, 45_000),
      apiUs,
      rpcUs,
      server,
      retried,
      upstreamWritten: rooted,
    }
    this.traces++
    if (rooted) {
      if (ACTIONS[action].kind !== 'info') this.incompleteTraces++
    } else if (ACTIONS[action].name === 'connect') {
      this.#connectBegins(head)
      if (server.dead) this.#calls.push(head)
    } else if (ACTIONS[action].kind === 'cast') this.#upstream(head, rpcUs + random.between(40, 160), false)
    else this.#calls.push(head)
    return head
  }

  handled(
    server: GuildServer<Head>,
    head: Head,
    startUs: number,
    endUs: number,
    depth: number,
    inflation: number,
  ): void {
    this.#lastEndUs = endUs
    this.#spansBefore = this.spans
    const action = ACTIONS[head.action]
    const connect = action.name === 'connect'
    if (!head.upstreamWritten) {
      const repliedUs = endUs + this.#random.between(150, 700)
      if (connect) this.#connectEnds(head, repliedUs, false)
      else if (repliedUs <= head.rpcUs + CALL_TIMEOUT_US) this.#upstream(head, repliedUs, false)
      else this.#upstream(head, head.rpcUs + CALL_TIMEOUT_US, true)
    }
    this.#guild(server, head, startUs, endUs, depth, inflation)
    this.onFinished?.({
      traceId: traceIdText(head.trace),
      guildId: server.spec.id,
      action: action.name,
      complete: head.parent !== undefined || action.kind === 'info',
      waitUs: startUs - head.arrivalUs,
      startUs: head.parent === undefined ? startUs : head.clientUs,
      endUs: this.#lastEndUs,
    })
  }

  /** Writes what has ended by `nowUs` without the guild's doing: calls given up, the work of relays that are behind. */
  tick(nowUs: number): void {
    let waiting = 0
    for (const later of this.#later) {
      if (later.atUs <= nowUs) later.write()
      else this.#later[waiting++] = later
    }
    this.#later.length = waiting
    let kept = 0
    for (const head of this.#calls) {
      if (head.upstreamWritten) continue
      if (head.rpcUs + CALL_TIMEOUT_US > nowUs) this.#calls[kept++] = head
      else if (ACTIONS[head.action].name === 'connect') this.#connectEnds(head, head.rpcUs + CALL_TIMEOUT_US, true)
      else this.#upstream(head, head.rpcUs + CALL_TIMEOUT_US, true)
    }
    this.#calls.length = kept
  }

  /** Client, api and the call to the guild. `rpcEndUs`: when the caller had its answer, or gave up. */
  #upstream(head: Head, rpcEndUs: number, timedOut: boolean): void {
    head.upstreamWritten = true
    if (head.parent === undefined) return
    const { trace, server } = head
    const names = ACTION[head.action]
    const { id } = guildBlobs(server.spec)
    const api = this.#at.api[head.client.lo % this.#at.api.length]
    const call = ACTIONS[head.action].kind === 'call'
    const apiEnd = rpcEndUs + this.#random.between(100, 600)
    const clientEnd = apiEnd + (head.apiUs - head.clientUs) * this.#random.between(0.8, 1.2)
    const encoder = this.#encoder
    this.#begin(
      this.#at.client[head.client.hi % this.#at.client.length],
      trace,
      head.client,
      undefined,
      names.client,
      SPAN_KIND.client,
      head.clientUs,
      clientEnd,
    )
    encoder.add(STAGE.client)
    encoder.add(names.attribute)
    encoder.add(id)
    encoder.addString(KEY.user, head.user)
    encoder.addString(KEY.session, head.session)
    if (timedOut) encoder.error('504 the guild did not answer')
    encoder.end()
    this.#begin(api, trace, head.api, head.client, names.api, SPAN_KIND.server, head.apiUs, apiEnd)
    encoder.add(STAGE.api)
    encoder.add(names.attribute)
    encoder.add(id)
    encoder.addString(KEY.user, head.user)
    encoder.addString(KEY.channel, head.channel)
    if (timedOut) encoder.error('the call to the guild timed out')
    encoder.end()
    const kind = call ? SPAN_KIND.client : SPAN_KIND.producer
    this.#begin(api, trace, head.parent, head.api, names.rpc, kind, head.rpcUs, rpcEndUs)
    encoder.add(STAGE.api)
    encoder.add(names.attribute)
    encoder.add(id)
    if (head.retried)
      encoder.event(head.rpcUs, 'retry', [keyValue('retry.reason', 'the call before this one timed out')])
    if (timedOut) this.#failed(rpcEndUs, 'timeout', '** (exit) exited in: GenServer.call/3 ** (EXIT) time out')
    encoder.end()
  }

  /** A session starts: it is identified, and connects to all guilds of its user at once. */
  #connectBegins(head: Head): void {
    const { trace } = head
    const random = this.#random
    const encoder = this.#encoder
    const gateway = this.#at.gateway[head.client.lo % this.#at.gateway.length]
    const session = this.#at.sessions[head.api.lo % this.#at.sessions.length]
    this.#begin(
      gateway,
      trace,
      this.#ids.span(),
      head.client,
      NAME.identify,
      SPAN_KIND.server,
      head.apiUs - 3_000,
      head.apiUs,
    )
    encoder.add(STAGE.gateway)
    encoder.addString(KEY.user, head.user)
    encoder.addString(KEY.session, head.session)
    encoder.end()
    const others = 2 + random.poisson(4)
    for (let i = 0; i < others; i++) {
      const other = this.#world.servers[random.below(this.#world.servers.length)]
      // Those that cannot answer within this second would have to be told of later; a user's other guilds are healthy ones.
      if (other === head.server || other.dead || other.depth > 50) continue
      const id = this.#ids.span()
      const { id: guild, own } = guildBlobs(other.spec)
      const node = this.#at.guilds[other.spec.node]
      const sent = head.rpcUs + i * random.between(10, 40)
      const enqueued = sent + random.between(150, 600)
      const start = enqueued + Math.min(other.estimatedWaitUs(enqueued), 500_000) + random.between(1, 20)
      const end = start + 2_200 * Math.exp(0.4 * random.normal())
      this.#begin(
        session,
        trace,
        id,
        head.api,
        NAME.guildConnect,
        SPAN_KIND.client,
        sent,
        end + random.between(150, 600),
      )
      encoder.add(STAGE.session)
      encoder.add(ACTION[head.action].attribute)
      encoder.add(guild)
      encoder.addString(KEY.session, head.session)
      encoder.end()
      this.#begin(node, trace, this.#ids.span(), id, ACTION[head.action].guild, SPAN_KIND.server, start, end)
      encoder.add(STAGE.guild)
      encoder.add(ACTION[head.action].attribute)
      encoder.add(guild)
      encoder.add(own)
      encoder.addInstant(KEY.enqueued, enqueued)
      encoder.addInt(KEY.depth, 1 + other.depth)
      encoder.end()
    }
  }

  /** The guild that was waited for has answered (or is gone): the session is ready. */
  #connectEnds(head: Head, answeredUs: number, gone: boolean): void {
    head.upstreamWritten = true
    if (head.parent === undefined) return
    const { trace, server } = head
    const encoder = this.#encoder
    const session = this.#at.sessions[head.api.lo % this.#at.sessions.length]
    const { id } = guildBlobs(server.spec)
    const ready = answeredUs + this.#random.between(300, 1_500)
    this.#begin(session, trace, head.parent, head.api, NAME.guildConnect, SPAN_KIND.client, head.rpcUs - 50, answeredUs)
    encoder.add(STAGE.session)
    encoder.add(ACTION[head.action].attribute)
    encoder.add(id)
    encoder.addString(KEY.session, head.session)
    if (gone) this.#failed(answeredUs, 'noproc', '** (exit) exited in: GenServer.call/3 ** (EXIT) no process')
    encoder.end()
    this.#begin(session, trace, head.api, head.client, NAME.sessionStart, SPAN_KIND.server, head.apiUs, ready)
    encoder.add(STAGE.session)
    encoder.add(ACTION[head.action].attribute)
    encoder.addString(KEY.user, head.user)
    encoder.addString(KEY.session, head.session)
    encoder.end()
    const end = ready + (head.apiUs - head.clientUs)
    this.#begin(
      this.#at.client[head.client.hi % this.#at.client.length],
      trace,
      head.client,
      undefined,
      NAME.connectClient,
      SPAN_KIND.client,
      head.clientUs,
      end,
    )
    encoder.add(STAGE.client)
    encoder.add(ACTION[head.action].attribute)
    encoder.add(id)
    encoder.addString(KEY.user, head.user)
    encoder.addString(KEY.session, head.session)
    if (gone) encoder.error('a guild is unavailable')
    encoder.end()
  }

  /** The guild's span, its parts and its fan-out. */
  #guild(
    server: GuildServer<Head>,
    head: Head,
    startUs: number,
    endUs: number,
    depth: number,
    inflation: number,
  ): void {
    const encoder = this.#encoder
    const random = this.#random
    const { trace } = head
    const action = ACTIONS[head.action]
    const blobs = guildBlobs(server.spec)
    const node = this.#at.guilds[server.spec.node]
    const span = this.#ids.span()
    const parent = action.name === 'disconnect' ? this.#terminate(head) : head.parent
    const failed = !head.full && random.next() < FAILURES
    const kind =
      action.kind === 'call' ? SPAN_KIND.server : action.kind === 'cast' ? SPAN_KIND.consumer : SPAN_KIND.internal
    this.#begin(node, trace, span, parent, ACTION[head.action].guild, kind, startUs, endUs)
    encoder.add(STAGE.guild)
    encoder.add(ACTION[head.action].attribute)
    encoder.add(blobs.id)
    encoder.add(blobs.own)
    encoder.addInstant(KEY.enqueued, head.arrivalUs)
    encoder.addInt(KEY.depth, depth)
    encoder.addString(KEY.user, head.user)
    encoder.addString(KEY.channel, head.channel)
    if (depth > 10_000)
      encoder.event(startUs, 'mailbox.long', [keyValue('guild.mailbox.depth', { int: String(depth) })])
    if (failed) this.#failed(endUs, 'Permissions.Error', 'missing permission')
    encoder.end()

    const audience = failed || action.name === 'connect' ? 0 : audienceSize(action.audience, server.spec.sessions)
    const workUs = (endUs - startUs) / inflation
    let at = startUs + workUs * 0.015
    const shares = action.parts.map((part) => part.share * random.between(0.85, 1.1))
    const sum = shares.reduce((total, share) => total + share, 0)
    // The fan-out needs what the parts leave.
    const scale = Math.min(1, 0.88 / sum)
    for (let i = 0; i < action.parts.length; i++) {
      const part = action.parts[i]
      const share = shares[i] * scale
      at = this.#part(node, head, span, part, at, workUs * share) + workUs * 0.008
      if (i === 0 && inflation > 1.01) {
        const pause = endUs - startUs - workUs
        this.#inner(node, head, this.#ids.span(), span, NAME.gc, at, at + pause)
        encoder.add(blobs.id)
        encoder.end()
        at += pause
      }
    }
    if (audience === 0) return
    const publish = this.#ids.span()
    const publishEnd = Math.min(endUs, at + workUs * (1 - sum * scale) * 0.8)
    const keep = head.full ? 1 : fanoutKeepRate(audience)
    const recipients = head.full ? server.spec.sessions : audience
    this.#begin(
      node,
      trace,
      publish,
      span,
      action.audience === 'one' ? NAME.reply : NAME.publish,
      SPAN_KIND.producer,
      at,
      publishEnd,
    )
    encoder.add(STAGE.guild)
    encoder.add(ACTION[head.action].attribute)
    encoder.add(blobs.id)
    encoder.addInt(KEY.recipients, recipients)
    encoder.addDouble(KEY.keepRate, keep)
    if (action.audience === 'subscribers') this.#linkBatch(server.spec.id, trace, span)
    encoder.end()
    if (head.full)
      this.fullFanout = {
        traceId: traceIdText(trace),
        spansBefore: this.spans - this.#spansBefore,
        head,
        publish,
        atUs: at,
        tookUs: publishEnd - at,
      }
    else this.#fanout(server, head, publish, at, publishEnd - at, audience, keep)
  }

  /** A part of the handler with its own parts; returns its end. */
  #part(node: number, head: Head, parent: Id64, part: Part, startUs: number, tookUs: number): number {
    const span = this.#ids.span()
    const { id } = guildBlobs(head.server.spec)
    this.#inner(node, head, span, parent, partName(part), startUs, startUs + tookUs)
    this.#encoder.add(id)
    this.#encoder.end()
    let at = startUs + tookUs * 0.03
    for (const inner of part.parts ?? []) {
      const took = tookUs * inner.share * this.#random.between(0.8, 1.05)
      this.#inner(node, head, this.#ids.span(), span, partName(inner), at, at + took)
      this.#encoder.add(id)
      this.#encoder.end()
      at += took
    }
    return startUs + tookUs
  }

  #inner(node: number, head: Head, id: Id64, parent: Id64, name: Uint8Array, startUs: number, endUs: number): void {
    this.#begin(node, head.trace, id, parent, name, SPAN_KIND.internal, startUs, endUs)
    this.#encoder.add(STAGE.guild)
    this.#encoder.add(ACTION[head.action].attribute)
  }

  /** Disconnects come from a session that ended. */
  #terminate(head: Head): Id64 {
    const id = this.#ids.span()
    const session = this.#at.sessions[head.api.lo % this.#at.sessions.length]
    this.#begin(
      session,
      head.trace,
      id,
      undefined,
      NAME.terminate,
      SPAN_KIND.internal,
      head.rpcUs - 400,
      head.rpcUs + 300,
    )
    this.#encoder.add(STAGE.session)
    this.#encoder.addString(KEY.session, head.session)
    this.#encoder.addString(KEY.user, head.user)
    this.#encoder.end()
    return id
  }

  /** Presence updates go out in batches: the span that sends one links to the others in it. */
  #linkBatch(guildId: string, trace: TraceContext, id: Id64): void {
    let recent = this.#recentPresence.get(guildId)
    if (recent === undefined) {
      recent = []
      this.#recentPresence.set(guildId, recent)
    }
    for (const other of recent) this.#encoder.link(other.trace, other.id, [keyValue('fanout.batch', 'presence')])
    if (recent.length === 3) recent.shift()
    recent.push({ trace, id })
  }

  /** Relays (of large guilds), then the sessions that are kept, then their gateways. */
  #fanout(
    server: GuildServer<Head>,
    head: Head,
    publish: Id64,
    atUs: number,
    tookUs: number,
    recipients: number,
    keep: number,
  ): void {
    const random = this.#random
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
      const lost = r % this.#at.relays.length === 2 && random.next() < 0.03
      const trace = lost ? this.#ids.trace(undefined) : head.trace
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
    const random = this.#random
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
    const encoder = this.#encoder
    const { server } = head
    const id = this.#ids.span()
    const blobs = guildBlobs(server.spec)
    const node = this.#at.relays[(relay + server.spec.node) % this.#at.relays.length]
    this.#begin(node, trace, id, parent, NAME.relay, SPAN_KIND.consumer, time.startUs, time.startUs + time.tookUs)
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
    const random = this.#random
    const encoder = this.#encoder
    const blobs = guildBlobs(head.server.spec)
    const id = this.#ids.span()
    const node = random.below(this.#at.sessions.length)
    const tookUs = random.between(18, 60) + (random.next() < 0.02 ? random.between(200, 4_000) : 0)
    this.#begin(this.#at.sessions[node], trace, id, parent, NAME.push, SPAN_KIND.consumer, startUs, startUs + tookUs)
    encoder.add(STAGE.session)
    encoder.add(ACTION[head.action].attribute)
    encoder.add(blobs.id)
    if (relay !== -1) encoder.add(blobs.relays[relay])
    encoder.addString(KEY.session, this.#hex())
    encoder.end()
    // One session node still runs a version that does not hand the context on.
    if (!gateway || node === 7) return
    const sendUs = startUs + tookUs + random.between(60, 300)
    const end = sendUs + random.between(50, 350)
    this.#begin(
      this.#at.gateway[random.below(this.#at.gateway.length)],
      trace,
      this.#ids.span(),
      id,
      NAME.gateway,
      SPAN_KIND.consumer,
      sendUs,
      end,
    )
    encoder.add(STAGE.gateway)
    encoder.add(ACTION[head.action].attribute)
    encoder.add(blobs.id)
    if (random.next() < FAILURES) this.#failed(end, 'closed', 'the websocket was closed')
    encoder.end()
  }

  /** Writes the waiting full fan-out; pauses after about `every` spans so that the caller can send them. */
  *writeFullFanout(every: number): Generator<void> {
    const waiting = this.fullFanout
    if (waiting === undefined) return
    this.fullFanout = undefined
    const { head, publish, atUs, tookUs } = waiting
    const { sessions } = head.server.spec
    const relays = Math.max(1, relayCount(sessions))
    for (let r = 0; r < relays; r++) {
      const here = Math.floor((sessions * (r + 1)) / relays) - Math.floor((sessions * r) / relays)
      const time = this.#relayTime(head.server, r, relays, atUs, tookUs, here)
      const id = this.#relay(head, head.trace, publish, r, time, here, 1)
      for (let i = 0; i < here; i++) {
        const sent = time.startUs + (time.tookUs * i) / here + this.#random.between(100, 400)
        this.#session(head, head.trace, id, r, sent, false)
        if (this.#encoder.pending >= every) yield
      }
    }
  }

  #begin(
    resource: number,
    trace: TraceContext,
    id: Id64,
    parent: Id64 | undefined,
    name: Uint8Array,
    kind: number,
    startUs: number,
    endUs: number,
  ): void {
    this.spans++
    if (endUs > this.#lastEndUs) this.#lastEndUs = endUs
    this.#encoder.begin(resource, trace, id, parent, name, kind, startUs, endUs)
  }

  #failed(atUs: number, type: string, message: string): void {
    this.#encoder.event(atUs, 'exception', [keyValue('exception.type', type), keyValue('exception.message', message)])
    this.#encoder.error(message)
  }

  #snowflake(): string {
    return `${100_000_000 + this.#random.below(900_000_000)}${100_000_000 + this.#random.below(900_000_000)}`
  }

  #hex(): string {
    return this.#random.u32().toString(16).padStart(8, '0') + this.#random.u32().toString(16).padStart(8, '0')
  }

  /** A guild has few busy channels; two of three messages are for the first. */
  #channel(server: GuildServer<Head>): string {
    const nth = this.#random.next() < 0.66 ? 0 : 1 + this.#random.below(8)
    return `${server.spec.id.slice(0, -2)}${String(11 * (nth + 1)).padStart(2, '0')}`
  }
}
