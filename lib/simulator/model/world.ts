import { ACTIONS, actionIndex, audienceSize, relayCount } from './actions.ts'
import { curveAt, type Effect, EVERY_GUILD } from './effects.ts'
import { GuildServer, type GuildSpec, type Watcher } from './guild-server.ts'

/**
 * All guilds in lockstep, second by second, under the effects of the story. Each second the effects set rates and service times;
 * then every guild runs through that second by itself.
 */

/** Relays need this long per recipient, µs: batching makes it small, so that they do not saturate before the guild. */
export const RELAY_US_PER_RECIPIENT = 0.8

/** The state of a guild's relays, by formula: how busy an ordinary one is, and what the slow one is behind. */
export interface RelayState {
  /** Share of time an ordinary relay is busy, below 1. */
  load: number
  /** The relay that is slow, −1: none; its factor on costs and its backlog in µs of work. */
  slowRelay: number
  slowFactor: number
  slowBacklogUs: number
}

interface Member<Head> {
  readonly server: GuildServer<Head>
  readonly effects: readonly { readonly effect: Effect; readonly storyOffsetS: number }[]
  readonly relay: RelayState
  /** Messages handled when relays were looked at last. */
  handledBefore: number
  /** Who sends how much of an action, where one user stands out. */
  readonly culprits: Map<number, { readonly user: string; readonly share: number }>
}

/** An effect and at which second of the run its story begins. */
export interface PlacedEffect {
  readonly effect: Effect
  readonly storyOffsetS: number
}

export interface SamplingPlan {
  /** Head rate, at most. */
  readonly headRate: number
  /** Traces a minute for the guilds of the story, and for each other guild. The sampler halves its rate until they are met. */
  readonly storyGuildPerMinute: number
  readonly otherGuildPerMinute: number
}

export class World<Head> {
  readonly servers: readonly GuildServer<Head>[]
  /** Seconds lived through. */
  second = 0
  readonly #members: readonly Member<Head>[]
  readonly #byId = new Map<string, Member<Head>>()
  readonly #plan: SamplingPlan
  readonly #story: ReadonlySet<string>

  constructor(
    specs: readonly GuildSpec[],
    seed: string,
    effects: readonly PlacedEffect[],
    plan: SamplingPlan,
    storyGuilds: ReadonlySet<string>,
  ) {
    this.#plan = plan
    this.#story = storyGuilds
    const nodeOf = new Map(specs.map((spec) => [spec.id, spec.node]))
    this.#members = specs.map((spec) => {
      const server = new GuildServer<Head>(spec, seed)
      const member: Member<Head> = {
        server,
        effects: effects.filter(({ effect }) => concerns(effect, spec, nodeOf)),
        relay: { load: 0, slowRelay: -1, slowFactor: 1, slowBacklogUs: 0 },
        handledBefore: 0,
        culprits: new Map(),
      }
      this.#byId.set(spec.id, member)
      return member
    })
    this.servers = this.#members.map((member) => member.server)
    for (const member of this.#members) this.#sample(member)
  }

  relayOf(server: GuildServer<Head>): RelayState | undefined {
    return this.#byId.get(server.spec.id)?.relay
  }

  /** The one user behind most messages of an action, with the share of them; undefined where there is none. */
  culprit(server: GuildServer<Head>, action: number): { readonly user: string; readonly share: number } | undefined {
    return this.#byId.get(server.spec.id)?.culprits.get(action)
  }

  /** Lives through the next second, or up to `untilUs` if that comes first. */
  step(watcher: Watcher<Head>, untilUs = Number.POSITIVE_INFINITY): void {
    const fromUs = this.second * 1e6
    const toUs = Math.min(fromUs + 1e6, untilUs)
    for (const member of this.#members) {
      if (member.effects.length > 0) this.#apply(member, fromUs)
      member.server.run(toUs, watcher)
      this.#relays(member, fromUs, toUs)
    }
    if (toUs === fromUs + 1e6) this.second++
  }

  /** Sets rates and service times of this second. */
  #apply(member: Member<Head>, fromUs: number): void {
    const { server, relay } = member
    const before = server.totalRate
    server.rates.set(server.baseRates)
    server.serviceFactor.fill(1)
    server.retries = 0
    relay.slowRelay = -1
    relay.slowFactor = 1
    member.culprits.clear()
    for (const { effect, storyOffsetS } of member.effects) {
      const storyS = this.second - storyOffsetS
      if (effect.kind === 'death') {
        if (storyS >= effect.atS && !server.dead) server.die()
        continue
      }
      const share = curveAt(effect.curve, storyS)
      if (share === 0) continue
      switch (effect.kind) {
        case 'rates':
          for (const [name, factor] of Object.entries(effect.factors))
            server.rates[actionIndex(name)] *= 1 + (factor - 1) * share
          break
        case 'extra': {
          const action = actionIndex(effect.action)
          const extra = effect.perSecond * share * (effect.guild === EVERY_GUILD ? server.spec.sessions / 1000 : 1)
          server.rates[action] += extra
          if (effect.user !== undefined)
            member.culprits.set(action, { user: effect.user, share: extra / server.rates[action] })
          break
        }
        case 'service':
          for (let a = 0; a < ACTIONS.length; a++)
            if (effect.actions === undefined || effect.actions.includes(ACTIONS[a].name))
              server.serviceFactor[a] *= 1 + (effect.factor - 1) * share
          break
        case 'neighbours':
          if (effect.guild !== server.spec.id)
            for (let a = 0; a < ACTIONS.length; a++) server.serviceFactor[a] *= 1 + (effect.factor - 1) * share
          break
        case 'retry':
          server.retries = effect.times
          break
        case 'relay':
          relay.slowRelay = effect.relay
          relay.slowFactor = 1 + (effect.factor - 1) * share
          break
      }
    }
    const total = server.rates.reduce((sum, rate) => sum + rate, 0)
    if (total === before) return
    server.ratesChanged(fromUs)
    this.#sample(member)
  }

  /** How much work the relays had this second, from what the guild handled. */
  #relays(member: Member<Head>, fromUs: number, toUs: number): void {
    const { server, relay } = member
    const relays = relayCount(server.spec.sessions)
    if (relays === 0 || toUs <= fromUs) return
    const handled = server.handledTotal - member.handledBefore
    member.handledBefore = server.handledTotal
    let recipients = 0
    for (let a = 0; a < ACTIONS.length; a++)
      recipients += (server.rates[a] / server.totalRate) * audienceSize(ACTIONS[a].audience, server.spec.sessions)
    const workUs = ((handled * recipients) / relays) * RELAY_US_PER_RECIPIENT
    const load = workUs / (toUs - fromUs)
    relay.load = Math.min(0.95, relay.load * 0.8 + load * 0.2)
    if (relay.slowRelay !== -1)
      relay.slowBacklogUs = Math.max(0, relay.slowBacklogUs + workUs * relay.slowFactor - (toUs - fromUs))
    else relay.slowBacklogUs = Math.max(0, relay.slowBacklogUs + workUs - (toUs - fromUs))
  }

  /**
   * Chooses the head rate of each action: the plan's, halved until the guild stays within its traces a minute. The budget is
   * shared by the square root of the actions' rates, so that rare actions are not drowned by frequent ones.
   */
  #sample(member: Member<Head>): void {
    const { server } = member
    const perMinute = this.#story.has(server.spec.id) ? this.#plan.storyGuildPerMinute : this.#plan.otherGuildPerMinute
    let roots = 0
    for (let a = 0; a < ACTIONS.length; a++) roots += Math.sqrt(server.rates[a])
    for (let a = 0; a < ACTIONS.length; a++) {
      const expected = server.rates[a] * 60 * this.#plan.headRate
      const allowed = (perMinute * Math.sqrt(server.rates[a])) / roots
      const halvings = expected > allowed ? Math.ceil(Math.log2(expected / allowed)) : 0
      const rate = halvedRate(this.#plan.headRate, halvings)
      if (rate === server.headRates[a]) continue
      server.headRates[a] = rate
      server.headRateChanged(a)
    }
  }
}

/** `rate` / 2^halvings, rounded to what `tracestate` states in six hex digits. */
export function halvedRate(rate: number, halvings: number): number {
  return Math.max(1, Math.round((rate / 2 ** halvings) * 2 ** 24)) / 2 ** 24
}

function concerns(effect: Effect, spec: GuildSpec, nodeOf: ReadonlyMap<string, number>): boolean {
  if (effect.kind === 'neighbours') return nodeOf.get(effect.guild) === spec.node
  return effect.guild === spec.id || effect.guild === EVERY_GUILD
}
