import { ACTION, guildBlobs, KEY, NAME, STAGE } from './blobs.ts'
import type { Head } from './head.ts'
import { ACTIONS } from './model/actions.ts'
import type { World } from './model/world.ts'
import { type Id64, keyValue, SPAN_KIND } from './otlp-encode.ts'
import type { SpanWriter } from './span-writer.ts'

/** Writes the spans of those who want something of a guild: clients, the api, starting and ending sessions. */
export class CallerWriter {
  readonly #out: SpanWriter
  readonly #world: World<Head>

  constructor(out: SpanWriter, world: World<Head>) {
    this.#out = out
    this.#world = world
  }

  /** Client, api and the call to the guild. `rpcEndUs`: when the caller had its answer, or gave up. */
  call(head: Head, rpcEndUs: number, timedOut: boolean): void {
    head.upstreamWritten = true
    if (head.parent === undefined) return
    const { trace, server } = head
    const names = ACTION[head.action]
    const { id } = guildBlobs(server.spec)
    const api = this.#out.at.api[head.client.lo % this.#out.at.api.length]
    const call = ACTIONS[head.action].kind === 'call'
    const apiEnd = rpcEndUs + this.#out.random.between(100, 600)
    const clientEnd = apiEnd + (head.apiUs - head.clientUs) * this.#out.random.between(0.8, 1.2)
    const { encoder } = this.#out
    this.#out.begin(
      this.#out.at.client[head.client.hi % this.#out.at.client.length],
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
    this.#out.begin(api, trace, head.api, head.client, names.api, SPAN_KIND.server, head.apiUs, apiEnd)
    encoder.add(STAGE.api)
    encoder.add(names.attribute)
    encoder.add(id)
    encoder.addString(KEY.user, head.user)
    encoder.addString(KEY.channel, head.channel)
    if (timedOut) encoder.error('the call to the guild timed out')
    encoder.end()
    const kind = call ? SPAN_KIND.client : SPAN_KIND.producer
    this.#out.begin(api, trace, head.parent, head.api, names.rpc, kind, head.rpcUs, rpcEndUs)
    encoder.add(STAGE.api)
    encoder.add(names.attribute)
    encoder.add(id)
    if (head.retried)
      encoder.event(head.rpcUs, 'retry', [keyValue('retry.reason', 'the call before this one timed out')])
    if (timedOut) this.#out.failed(rpcEndUs, 'timeout', '** (exit) exited in: GenServer.call/3 ** (EXIT) time out')
    encoder.end()
  }

  /** A session starts: it is identified, and connects to all guilds of its user at once. */
  connectBegins(head: Head): void {
    const { trace } = head
    const { random } = this.#out
    const { encoder } = this.#out
    const gateway = this.#out.at.gateway[head.client.lo % this.#out.at.gateway.length]
    const session = this.#out.at.sessions[head.api.lo % this.#out.at.sessions.length]
    this.#out.begin(
      gateway,
      trace,
      this.#out.ids.span(),
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
      const id = this.#out.ids.span()
      const { id: guild, own } = guildBlobs(other.spec)
      const node = this.#out.at.guilds[other.spec.node]
      const sent = head.rpcUs + i * random.between(10, 40)
      const enqueued = sent + random.between(150, 600)
      const start = enqueued + Math.min(other.estimatedWaitUs(enqueued), 500_000) + random.between(1, 20)
      const end = start + 2_200 * Math.exp(0.4 * random.normal())
      this.#out.begin(
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
      this.#out.begin(node, trace, this.#out.ids.span(), id, ACTION[head.action].guild, SPAN_KIND.server, start, end)
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
  connectEnds(head: Head, answeredUs: number, gone: boolean): void {
    head.upstreamWritten = true
    if (head.parent === undefined) return
    const { trace, server } = head
    const { encoder } = this.#out
    const session = this.#out.at.sessions[head.api.lo % this.#out.at.sessions.length]
    const { id } = guildBlobs(server.spec)
    const ready = answeredUs + this.#out.random.between(300, 1_500)
    this.#out.begin(
      session,
      trace,
      head.parent,
      head.api,
      NAME.guildConnect,
      SPAN_KIND.client,
      head.rpcUs - 50,
      answeredUs,
    )
    encoder.add(STAGE.session)
    encoder.add(ACTION[head.action].attribute)
    encoder.add(id)
    encoder.addString(KEY.session, head.session)
    if (gone) this.#out.failed(answeredUs, 'noproc', '** (exit) exited in: GenServer.call/3 ** (EXIT) no process')
    encoder.end()
    this.#out.begin(session, trace, head.api, head.client, NAME.sessionStart, SPAN_KIND.server, head.apiUs, ready)
    encoder.add(STAGE.session)
    encoder.add(ACTION[head.action].attribute)
    encoder.addString(KEY.user, head.user)
    encoder.addString(KEY.session, head.session)
    encoder.end()
    const end = ready + (head.apiUs - head.clientUs)
    this.#out.begin(
      this.#out.at.client[head.client.hi % this.#out.at.client.length],
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

  /** Disconnects come from a session that ended. */
  terminate(head: Head): Id64 {
    const id = this.#out.ids.span()
    const session = this.#out.at.sessions[head.api.lo % this.#out.at.sessions.length]
    this.#out.begin(
      session,
      head.trace,
      id,
      undefined,
      NAME.terminate,
      SPAN_KIND.internal,
      head.rpcUs - 400,
      head.rpcUs + 300,
    )
    this.#out.encoder.add(STAGE.session)
    this.#out.encoder.addString(KEY.session, head.session)
    this.#out.encoder.addString(KEY.user, head.user)
    this.#out.encoder.end()
    return id
  }
}
