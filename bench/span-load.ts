/**
 * Spans for measuring: OTLP requests as a fleet of guilds would send them, encoded by hand because a generator must be much
 * faster than what it measures. Traces of 200 spans: client → api → guild → 8 relays → sessions, 8 attributes on each span.
 */
export interface LoadOptions {
  readonly seed: number
  readonly guilds: number
  readonly spansPerTrace: number
}

const ACTIONS = [
  'message_create',
  'message_reaction_add',
  'presence_update',
  'typing_start',
  'connect',
  'voice_state_update',
]

export class SpanLoad {
  readonly #options: LoadOptions
  readonly #bytes = Buffer.alloc(16 << 20)
  #at = 0
  #state: number
  #trace = 0
  /** Where set, all spans belong to this trace. */
  oneTrace: Buffer | undefined

  constructor(options: LoadOptions) {
    this.#options = options
    this.#state = options.seed >>> 0 || 1
  }

  /** xorshift32, in [0, 1). */
  #random(): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x >>> 0
    return this.#state / 0x1_0000_0000
  }

  static guildId(guild: number): string {
    return `${81_384_788_765n + BigInt(guild)}712384`
  }

  traceId(trace: number): string {
    return `${((this.#options.seed * 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')}${'5'.repeat(12)}${Math.imul(trace, 0x85ebca6b) >>> 0}`
      .slice(0, 20)
      .padEnd(20, '0')
      .concat(trace.toString(16).padStart(12, '0'))
      .replace(/[^0-9a-f]/g, '0')
  }

  /** Guild of a trace: half of all traces belong to the first guild. */
  guildOf(trace: number): number {
    const x = (Math.imul(trace, 0x9e3779b1) >>> 0) / 0x1_0000_0000
    return x < 0.5 ? 0 : Math.floor((x - 0.5) * 2 * this.#options.guilds)
  }

  /** One request of `traces` whole traces that start from `startMs` on, `everyMs` apart. */
  request(traces: number, startMs: number, everyMs: number): Uint8Array<ArrayBuffer> {
    this.#at = 0
    const outer = this.#open(0x0a)
    const resource = this.#open(0x0a)
    this.#attribute(0x0a, 'service.name', 'guilds')
    this.#attribute(0x0a, 'service.instance.id', `guilds@10.0.0.${this.#trace % 8}`)
    this.#close(resource)
    const scope = this.#open(0x12)
    for (let t = 0; t < traces; t++) this.#traceSpans(startMs + t * everyMs)
    this.#close(scope)
    this.#close(outer)
    const out = new Uint8Array(this.#at)
    out.set(this.#bytes.subarray(0, this.#at))
    return out
  }

  #traceSpans(startMs: number): void {
    const trace = this.#trace++
    const id = this.oneTrace ?? Buffer.from(this.traceId(trace), 'hex')
    const guild = SpanLoad.guildId(this.guildOf(trace))
    const action = ACTIONS[trace % ACTIONS.length]
    const spans = this.#options.spansPerTrace
    const relays = 8
    let ns = BigInt(Math.floor(startMs)) * 1_000_000n + BigInt(Math.floor(this.#random() * 1e6))
    const ids = Array.from({ length: Math.min(spans, 3 + relays) }, () => [this.#word(), this.#word()] as const)
    const none = [0, 0] as const
    for (let i = 0; i < spans; i++) {
      const stage = i === 0 ? 'client' : i === 1 ? 'api' : i === 2 ? 'guild' : i < 3 + relays ? 'relay' : 'session'
      const own = ids[i] ?? ([this.#word(), this.#word()] as const)
      const parent = i === 0 ? none : i < 3 ? ids[i - 1] : i < 3 + relays ? ids[2] : ids[3 + (i % relays)]
      ns += BigInt(Math.floor(this.#random() * 40_000))
      const duration = BigInt(Math.floor(50_000 + this.#random() * 900_000))
      this.#span(id, own, parent, stage, action, ns, duration, guild, i)
    }
  }

  #span(
    trace: Buffer,
    own: readonly [number, number],
    parent: readonly [number, number],
    stage: string,
    action: string,
    ns: bigint,
    duration: bigint,
    guild: string,
    i: number,
  ): void {
    const span = this.#open(0x12)
    const b = this.#bytes
    b[this.#at++] = 0x0a
    b[this.#at++] = 16
    trace.copy(b, this.#at)
    this.#at += 16
    this.#id(0x12, own)
    if ((parent[0] | parent[1]) !== 0) this.#id(0x22, parent)
    this.#string(0x2a, `${stage}.${action}`)
    b[this.#at++] = 0x30
    b[this.#at++] = 5
    b[this.#at++] = 0x39
    this.#at = b.writeBigUInt64LE(ns, this.#at)
    b[this.#at++] = 0x41
    this.#at = b.writeBigUInt64LE(ns + duration, this.#at)
    this.#attribute(0x4a, 'guild.id', guild)
    this.#attribute(0x4a, 'guild.action', action)
    this.#attribute(0x4a, 'guild.stage', stage)
    this.#attribute(0x4a, 'guild.relay.id', `relay-${i % 8}`)
    this.#attribute(0x4a, 'guild.channel.id', `channel-${this.#trace % 500}`)
    this.#attribute(0x4a, 'beam.pid', `<0.${1000 + (i % 700)}.0>`)
    this.#attribute(
      0x4a,
      'session.id',
      `s${Math.floor(this.#random() * 15_000)
        .toString(36)
        .padStart(8, '0')}`,
    )
    this.#attribute(0x4a, 'guild.enqueued_unix_nano', String(ns - BigInt(Math.floor(this.#random() * 5e6))))
    this.#close(span)
  }

  #word(): number {
    return Math.floor(this.#random() * 0xffff_fffe) + 1
  }

  #id(tag: number, id: readonly [number, number]): void {
    const b = this.#bytes
    b[this.#at++] = tag
    b[this.#at++] = 8
    this.#at = b.writeUInt32BE(id[0], this.#at)
    this.#at = b.writeUInt32BE(id[1], this.#at)
  }

  #string(tag: number, value: string): void {
    this.#bytes[this.#at++] = tag
    this.#bytes[this.#at++] = value.length
    this.#bytes.write(value, this.#at, 'latin1')
    this.#at += value.length
  }

  #attribute(tag: number, key: string, value: string): void {
    const b = this.#bytes
    b[this.#at++] = tag
    b[this.#at++] = key.length + value.length + 6
    this.#string(0x0a, key)
    b[this.#at++] = 0x12
    b[this.#at++] = value.length + 2
    this.#string(0x0a, value)
  }

  /** A length that is filled in later, as a padded varint of five bytes. */
  #open(tag: number): number {
    this.#bytes[this.#at++] = tag
    this.#at += 5
    return this.#at
  }

  #close(from: number): void {
    let length = this.#at - from
    for (let i = 5; i > 0; i--) {
      this.#bytes[from - i] = (length & 0x7f) | (i > 1 ? 0x80 : 0)
      length >>>= 7
    }
  }
}
