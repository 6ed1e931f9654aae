import { ACTION, guildBlobs, KEY, NAME, partName, STAGE } from './blobs.ts'
import { CallerWriter } from './caller-writer.ts'
import { FanoutWriter } from './fanout-writer.ts'
import { FAILURES, type FinishedTrace, type Head } from './head.ts'
import { ACTIONS, audienceSize, fanoutKeepRate, type Part } from './model/actions.ts'
import { CALL_TIMEOUT_US, type GuildServer, type Watcher } from './model/guild-server.ts'
import type { World } from './model/world.ts'
import { type Id64, keyValue, SPAN_KIND, type TraceContext, traceIdText } from './otlp-encode.ts'
import type { SpanWriter } from './span-writer.ts'

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
export class Tracer implements Watcher<Head> {
  traces = 0
  incompleteTraces = 0
  onFinished: ((trace: FinishedTrace) => void) | undefined
  /** The next message_create of this guild from then on is traced to every session. */
  fullTraceOf: { readonly guildId: string; readonly fromUs: number } | undefined
  readonly fanout: FanoutWriter
  readonly #callers: CallerWriter
  readonly #out: SpanWriter
  readonly #world: World<Head>
  readonly #calls: Head[] = []
  readonly #recentPresence = new Map<string, { readonly trace: TraceContext; readonly id: Id64 }[]>()
  #spansBefore = 0

  constructor(out: SpanWriter, world: World<Head>) {
    this.#out = out
    this.#world = world
    this.fanout = new FanoutWriter(out, world)
    this.#callers = new CallerWriter(out, world)
  }

  arrived(server: GuildServer<Head>, action: number, atUs: number, retried: boolean): Head {
    const { random } = this.#out
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
      trace: this.#out.ids.trace(full ? 1 : server.headRates[action]),
      action,
      arrivalUs: atUs,
      full,
      parent: rooted ? undefined : this.#out.ids.span(),
      user: culprit !== undefined && random.next() < culprit.share ? culprit.user : this.#out.snowflake(),
      session: this.#out.hex(),
      channel: this.#channel(server),
      client: this.#out.ids.span(),
      api: this.#out.ids.span(),
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
      this.#callers.connectBegins(head)
      if (server.dead) this.#calls.push(head)
    } else if (ACTIONS[action].kind === 'cast') this.#callers.call(head, rpcUs + random.between(40, 160), false)
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
    this.#out.lastEndUs = endUs
    this.#spansBefore = this.#out.spans
    const action = ACTIONS[head.action]
    const connect = action.name === 'connect'
    if (!head.upstreamWritten) {
      const repliedUs = endUs + this.#out.random.between(150, 700)
      if (connect) this.#callers.connectEnds(head, repliedUs, false)
      else if (repliedUs <= head.rpcUs + CALL_TIMEOUT_US) this.#callers.call(head, repliedUs, false)
      else this.#callers.call(head, head.rpcUs + CALL_TIMEOUT_US, true)
    }
    this.#guild(server, head, startUs, endUs, depth, inflation)
    this.onFinished?.({
      traceId: traceIdText(head.trace),
      guildId: server.spec.id,
      action: action.name,
      complete: head.parent !== undefined || action.kind === 'info',
      waitUs: startUs - head.arrivalUs,
      startUs: head.parent === undefined ? startUs : head.clientUs,
      endUs: this.#out.lastEndUs,
    })
  }

  /** Writes what has ended by `nowUs` without the guild's doing: calls given up, the work of relays that are behind. */
  tick(nowUs: number): void {
    this.fanout.tick(nowUs)
    let kept = 0
    for (const head of this.#calls) {
      if (head.upstreamWritten) continue
      if (head.rpcUs + CALL_TIMEOUT_US > nowUs) this.#calls[kept++] = head
      else if (ACTIONS[head.action].name === 'connect')
        this.#callers.connectEnds(head, head.rpcUs + CALL_TIMEOUT_US, true)
      else this.#callers.call(head, head.rpcUs + CALL_TIMEOUT_US, true)
    }
    this.#calls.length = kept
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
    const { encoder } = this.#out
    const { random } = this.#out
    const { trace } = head
    const action = ACTIONS[head.action]
    const blobs = guildBlobs(server.spec)
    const node = this.#out.at.guilds[server.spec.node]
    const span = this.#out.ids.span()
    const parent = action.name === 'disconnect' ? this.#callers.terminate(head) : head.parent
    const failed = !head.full && random.next() < FAILURES
    const kind =
      action.kind === 'call' ? SPAN_KIND.server : action.kind === 'cast' ? SPAN_KIND.consumer : SPAN_KIND.internal
    this.#out.begin(node, trace, span, parent, ACTION[head.action].guild, kind, startUs, endUs)
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
    if (failed) this.#out.failed(endUs, 'Permissions.Error', 'missing permission')
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
        this.#inner(node, head, this.#out.ids.span(), span, NAME.gc, at, at + pause)
        encoder.add(blobs.id)
        encoder.end()
        at += pause
      }
    }
    if (audience === 0) return
    const publish = this.#out.ids.span()
    const publishEnd = Math.min(endUs, at + workUs * (1 - sum * scale) * 0.8)
    const keep = head.full ? 1 : fanoutKeepRate(audience)
    const recipients = head.full ? server.spec.sessions : audience
    this.#out.begin(
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
      this.fanout.waiting = {
        traceId: traceIdText(trace),
        spansBefore: this.#out.spans - this.#spansBefore,
        head,
        publish,
        atUs: at,
        tookUs: publishEnd - at,
      }
    else this.fanout.write(server, head, publish, at, publishEnd - at, audience, keep)
  }

  /** A part of the handler with its own parts; returns its end. */
  #part(node: number, head: Head, parent: Id64, part: Part, startUs: number, tookUs: number): number {
    const span = this.#out.ids.span()
    const { id } = guildBlobs(head.server.spec)
    this.#inner(node, head, span, parent, partName(part), startUs, startUs + tookUs)
    this.#out.encoder.add(id)
    this.#out.encoder.end()
    let at = startUs + tookUs * 0.03
    for (const inner of part.parts ?? []) {
      const took = tookUs * inner.share * this.#out.random.between(0.8, 1.05)
      this.#inner(node, head, this.#out.ids.span(), span, partName(inner), at, at + took)
      this.#out.encoder.add(id)
      this.#out.encoder.end()
      at += took
    }
    return startUs + tookUs
  }

  #inner(node: number, head: Head, id: Id64, parent: Id64, name: Uint8Array, startUs: number, endUs: number): void {
    this.#out.begin(node, head.trace, id, parent, name, SPAN_KIND.internal, startUs, endUs)
    this.#out.encoder.add(STAGE.guild)
    this.#out.encoder.add(ACTION[head.action].attribute)
  }

  /** Presence updates go out in batches: the span that sends one links to the others in it. */
  #linkBatch(guildId: string, trace: TraceContext, id: Id64): void {
    let recent = this.#recentPresence.get(guildId)
    if (recent === undefined) {
      recent = []
      this.#recentPresence.set(guildId, recent)
    }
    for (const other of recent) this.#out.encoder.link(other.trace, other.id, [keyValue('fanout.batch', 'presence')])
    if (recent.length === 3) recent.shift()
    recent.push({ trace, id })
  }

  /** A guild has few busy channels; two of three messages are for the first. */
  #channel(server: GuildServer<Head>): string {
    const nth = this.#out.random.next() < 0.66 ? 0 : 1 + this.#out.random.below(8)
    return `${server.spec.id.slice(0, -2)}${String(11 * (nth + 1)).padStart(2, '0')}`
  }
}
