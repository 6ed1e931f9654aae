/**
 * What a guild process is asked to do. Every figure is an assumption, chosen for plausibility: none is anybody's published number.
 * Rates are those of a guild with 600,000 connected sessions, which is 28 % busy with them.
 */

export const REFERENCE_SESSIONS = 600_000

/** Who hears of it. `one`: only the caller. */
export type Audience = 'none' | 'one' | 'subscribers' | 'viewers' | 'active' | 'passive' | 'all'

/** A part of the handler: its share of the handler's (or its parent part's) time, and its own parts. */
export interface Part {
  readonly name: string
  readonly share: number
  readonly parts?: readonly Part[]
}

export interface Action {
  readonly name: string
  /** `call`: somebody waits for the answer (5 s at most). `cast`: nobody does. `info`: timers, monitors. */
  readonly kind: 'call' | 'cast' | 'info'
  readonly perSecond: number
  readonly serviceUs: number
  /** By how much a flurry of reactions multiplies it at its peak. */
  readonly flurry: number
  readonly audience: Audience
  /** In order; the fan-out comes last and is added where there is an audience. */
  readonly parts: readonly Part[]
}

const permissions: Part = {
  name: 'permissions.check',
  share: 0.18,
  parts: [
    { name: 'roles.lookup', share: 0.3 },
    { name: 'overwrites.resolve', share: 0.5 },
  ],
}
const serialise: Part = { name: 'fanout.serialise', share: 0.24, parts: [{ name: 'etf.encode', share: 0.8 }] }

export const ACTIONS: readonly Action[] = [
  {
    name: 'presence_update',
    kind: 'cast',
    perSecond: 260,
    serviceUs: 180,
    flurry: 1.3,
    audience: 'subscribers',
    parts: [
      { name: 'presence.diff', share: 0.34 },
      { name: 'member_list.locate', share: 0.22 },
    ],
  },
  {
    name: 'typing_start',
    kind: 'cast',
    perSecond: 45,
    serviceUs: 350,
    flurry: 4,
    audience: 'viewers',
    parts: [permissions, { name: 'fanout.serialise', share: 0.2 }],
  },
  {
    name: 'update_subscriptions',
    kind: 'call',
    perSecond: 40,
    serviceUs: 1_200,
    flurry: 2,
    audience: 'one',
    parts: [
      permissions,
      {
        name: 'member_list.ranges',
        share: 0.52,
        parts: [
          { name: 'member_list.sync', share: 0.6 },
          { name: 'presence.snapshot', share: 0.25 },
        ],
      },
    ],
  },
  {
    name: 'message_reaction_add',
    kind: 'cast',
    perSecond: 30,
    serviceUs: 650,
    flurry: 80,
    audience: 'viewers',
    parts: [
      permissions,
      {
        name: 'reactions.update',
        share: 0.3,
        parts: [
          { name: 'ets.lookup', share: 0.3 },
          { name: 'ets.update_counter', share: 0.5 },
        ],
      },
      serialise,
    ],
  },
  {
    name: 'connect',
    kind: 'call',
    perSecond: 25,
    serviceUs: 2_200,
    flurry: 5,
    audience: 'one',
    parts: [
      { name: 'session.monitor', share: 0.06 },
      {
        name: 'guild.snapshot',
        share: 0.62,
        parts: [
          { name: 'channels.visible', share: 0.45 },
          { name: 'roles.collect', share: 0.15 },
          { name: 'voice_states.collect', share: 0.2 },
        ],
      },
      { name: 'relay.attach', share: 0.12 },
    ],
  },
  {
    name: 'disconnect',
    kind: 'info',
    perSecond: 25,
    serviceUs: 400,
    flurry: 2,
    audience: 'none',
    parts: [
      { name: 'session.demonitor', share: 0.3 },
      { name: 'subscriptions.drop', share: 0.5 },
    ],
  },
  {
    name: 'message_create',
    kind: 'call',
    perSecond: 12,
    serviceUs: 1_400,
    flurry: 3.5,
    audience: 'active',
    parts: [permissions, { name: 'mentions.expand', share: 0.2 }, { name: 'read_states.bump', share: 0.12 }, serialise],
  },
  {
    name: 'resume',
    kind: 'call',
    perSecond: 10,
    serviceUs: 500,
    flurry: 1.5,
    audience: 'one',
    parts: [
      { name: 'session.lookup', share: 0.3 },
      { name: 'session.replay', share: 0.5 },
    ],
  },
  {
    name: 'request_guild_members',
    kind: 'call',
    perSecond: 6,
    serviceUs: 6_000,
    flurry: 1.3,
    audience: 'one',
    parts: [
      permissions,
      {
        name: 'members.scan',
        share: 0.6,
        parts: [
          { name: 'ets.select', share: 0.7 },
          { name: 'presence.join', share: 0.2 },
        ],
      },
      { name: 'chunks.encode', share: 0.16 },
    ],
  },
  {
    name: 'voice_state_update',
    kind: 'cast',
    perSecond: 6,
    serviceUs: 1_800,
    flurry: 1.2,
    audience: 'active',
    parts: [permissions, { name: 'voice.allocate', share: 0.35 }, serialise],
  },
  {
    name: 'guild_member_update',
    kind: 'cast',
    perSecond: 5,
    serviceUs: 900,
    flurry: 1.2,
    audience: 'subscribers',
    parts: [{ name: 'members.update', share: 0.4 }, { name: 'member_list.locate', share: 0.25 }, serialise],
  },
  {
    name: 'message_reaction_remove',
    kind: 'cast',
    perSecond: 4,
    serviceUs: 600,
    flurry: 20,
    audience: 'viewers',
    parts: [permissions, { name: 'reactions.update', share: 0.3 }, serialise],
  },
  {
    name: 'message_update',
    kind: 'cast',
    perSecond: 2,
    serviceUs: 1_100,
    flurry: 1.5,
    audience: 'viewers',
    parts: [permissions, { name: 'mentions.expand', share: 0.2 }, serialise],
  },
  {
    name: 'message_delete',
    kind: 'cast',
    perSecond: 0.8,
    serviceUs: 900,
    flurry: 2,
    audience: 'viewers',
    parts: [permissions, { name: 'read_states.bump', share: 0.2 }, serialise],
  },
  {
    name: 'guild_member_add',
    kind: 'cast',
    perSecond: 1.2,
    serviceUs: 2_500,
    flurry: 6,
    audience: 'subscribers',
    parts: [{ name: 'members.insert', share: 0.4 }, { name: 'member_list.locate', share: 0.25 }, serialise],
  },
  {
    name: 'guild_member_remove',
    kind: 'cast',
    perSecond: 0.6,
    serviceUs: 1_800,
    flurry: 1,
    audience: 'subscribers',
    parts: [{ name: 'members.delete', share: 0.4 }, { name: 'member_list.locate', share: 0.25 }, serialise],
  },
  {
    name: 'thread_update',
    kind: 'cast',
    perSecond: 1,
    serviceUs: 900,
    flurry: 1.5,
    audience: 'viewers',
    parts: [permissions, { name: 'threads.update', share: 0.3 }, serialise],
  },
  {
    name: 'passive_update_tick',
    kind: 'info',
    perSecond: 1 / 30,
    serviceUs: 40_000,
    flurry: 1,
    audience: 'passive',
    parts: [{ name: 'channels.collect', share: 0.35 }, serialise],
  },
  {
    name: 'role_update',
    kind: 'cast',
    perSecond: 0.01,
    serviceUs: 250_000,
    flurry: 1,
    audience: 'all',
    parts: [
      {
        name: 'permissions.recompute',
        share: 0.7,
        parts: [
          { name: 'members.scan', share: 0.4 },
          { name: 'overwrites.resolve', share: 0.5 },
        ],
      },
      { name: 'fanout.serialise', share: 0.12 },
    ],
  },
]

/** The number of an action; throws on a name that is not in the table. */
export function actionIndex(name: string): number {
  const at = ACTIONS.findIndex((action) => action.name === name)
  if (at === -1) throw new Error(`No action is called ${name}`)
  return at
}

/** How many sessions hear of an action in a guild with that many sessions. */
export function audienceSize(audience: Audience, sessions: number): number {
  switch (audience) {
    case 'none':
      return 0
    case 'one':
      return 1
    case 'subscribers':
      return Math.max(1, Math.round(sessions / 250))
    case 'viewers':
      return Math.max(1, Math.round(sessions / 24))
    case 'active':
      return Math.max(1, Math.round(sessions / 10))
    case 'passive':
      return Math.max(1, Math.round(sessions * 0.3))
    case 'all':
      return sessions
  }
}

/** At most this many sessions hang on one relay; a guild with no more than that has none. */
export const SESSIONS_PER_RELAY = 15_000

export function relayCount(sessions: number): number {
  return sessions <= SESSIONS_PER_RELAY ? 0 : Math.ceil(sessions / SESSIONS_PER_RELAY)
}

/** The share of a fan-out's session spans that is kept: 1 → 100 %, 100 → 10 %, 10,000+ → 0.1 %, log-log in between. */
export function fanoutKeepRate(recipients: number): number {
  if (recipients <= 1) return 1
  if (recipients <= 100) return recipients ** -0.5
  return Math.max(0.001, 10 / recipients)
}

/** Service times are inflated by garbage collection, which a long mailbox makes costlier. */
export function gcFactor(depth: number): number {
  return 1 + 0.15 * Math.min(depth / 1e6, 2)
}
