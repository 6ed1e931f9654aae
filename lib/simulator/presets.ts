import { ACTIONS } from './model/actions.ts'
import { type Curve, type Effect, EVERY_GUILD } from './model/effects.ts'
import type { Cast } from './model/fleet.ts'

/** A named incident with a known answer. Story time: seconds since the preset's minute 0. */
export interface Preset {
  readonly name: string
  readonly summary: string
  /** What is the matter, for the ground truth. */
  readonly cause: string
  /** The guild that a reader should find; undefined where every guild is hit. */
  readonly guild: Cast | undefined
  /** Guilds that the story needs besides. */
  readonly others: readonly Cast[]
  readonly effects: readonly Effect[]
  /** Minutes of the story that the history covers; in the demo it ends inside the incident. */
  readonly storyMinutes: number
  readonly demoMinutes: number
  /** One message to that many sessions, traced without sampling, two minutes before the history ends. */
  readonly fanout?: number
}

const pixelArena: Cast = { id: '81384788765712384', name: 'Pixel Arena', sessions: 600_000, intId: true }
const nightMarket: Cast = { id: '175928847299117063', name: 'Night Market', sessions: 42_000, intId: false }
const chessCorner: Cast = { id: '290926798626357999', name: 'Chess Corner', sessions: 400, intId: false }
const openStage: Cast = {
  id: '41771983423143937',
  name: 'Open Stage',
  sessions: 1_000_000,
  activity: 0.5,
  intId: true,
}
const botWorks: Cast = { id: '197038439483310086', name: 'Bot Works', sessions: 58_000, intId: true }
const loudNeighbour: Cast = {
  id: '222078108977594368',
  name: 'Loud Neighbour',
  sessions: 310_000,
  intId: false,
  node: 0,
}

const flurryCurve: Curve = { fromS: 300, rampS: 75, holdS: 495, decayS: 180 }
const flurry = (guild: string): Effect => ({
  kind: 'rates',
  guild,
  factors: Object.fromEntries(ACTIONS.map((action) => [action.name, action.flurry])),
  curve: flurryCurve,
})
const forever = (fromS: number): Curve => ({ fromS, rampS: 0, holdS: Number.POSITIVE_INFINITY, decayS: 0 })

export const PRESETS: readonly Preset[] = [
  {
    name: 'reaction-flurry',
    summary: 'reactions × 80 for nine minutes; the backlog outlasts the burst by half an hour',
    cause:
      'A flurry of message_reaction_add (× 80) from 5:00 to 15:15, then fading. Load peaks near 2.3 × what the guild can do; the wait goes on rising after the burst has faded.',
    guild: pixelArena,
    others: [],
    effects: [flurry(pixelArena.id)],
    storyMinutes: 55,
    demoMinutes: 25,
  },
  {
    name: 'retry-storm',
    summary: 'the same, and callers whose call timed out try again: it does not recover',
    cause: 'A flurry of message_reaction_add, kept alive by callers that repeat each timed-out call up to ten times.',
    guild: pixelArena,
    others: [],
    effects: [flurry(pixelArena.id), { kind: 'retry', guild: pixelArena.id, times: 10, curve: forever(0) }],
    storyMinutes: 55,
    demoMinutes: 40,
  },
  {
    name: 'debounced',
    summary: 'the same, mitigated at 10:00 by handling reactions in batches of 250 ms',
    cause:
      'A flurry of message_reaction_add; from 10:00 the guild handles reactions in batches of 250 ms, a tenth of the cost each.',
    guild: pixelArena,
    others: [],
    effects: [
      flurry(pixelArena.id),
      {
        kind: 'service',
        guild: pixelArena.id,
        factor: 0.1,
        actions: ['message_reaction_add', 'message_reaction_remove'],
        curve: forever(600),
      },
    ],
    storyMinutes: 35,
    demoMinutes: 16,
  },
  {
    name: 'mass-reconnect',
    summary: 'a session node is lost, 17 % of all sessions reconnect within half a minute',
    cause: 'A session node was lost at 5:00: 17 % of the sessions of every guild disconnect and connect again.',
    guild: pixelArena,
    others: [],
    effects: [
      {
        kind: 'extra',
        guild: EVERY_GUILD,
        action: 'disconnect',
        perSecond: 34,
        curve: { fromS: 300, rampS: 0, holdS: 5, decayS: 0 },
      },
      {
        kind: 'extra',
        guild: EVERY_GUILD,
        action: 'connect',
        perSecond: 5.7,
        curve: { fromS: 302, rampS: 2, holdS: 28, decayS: 3 },
      },
    ],
    storyMinutes: 20,
    demoMinutes: 8,
  },
  {
    name: 'hot-relay',
    summary: 'one relay of forty is slow; the guild process is innocent',
    cause:
      'relay-17 of the guild needs fourteen times as long per recipient from 5:00 on. The guild process is innocent.',
    guild: pixelArena,
    others: [],
    effects: [{ kind: 'relay', guild: pixelArena.id, relay: 17, factor: 14, curve: forever(300) }],
    storyMinutes: 30,
    demoMinutes: 20,
  },
  {
    name: 'member-chunk-bot',
    summary: 'one bot asks for all members again and again',
    cause: 'One bot (user 159985870458322944) sends request_guild_members 190 times a second from 5:00 on.',
    guild: botWorks,
    others: [],
    effects: [
      {
        kind: 'extra',
        guild: botWorks.id,
        action: 'request_guild_members',
        perSecond: 190,
        user: '159985870458322944',
        curve: { fromS: 300, rampS: 10, holdS: 900, decayS: 5 },
      },
    ],
    storyMinutes: 35,
    demoMinutes: 15,
  },
  {
    name: 'node-neighbour',
    summary: 'another guild on the same node starves this one',
    cause:
      'Loud Neighbour, on the same node, takes the schedulers from 5:00 to 20:00: everything there is slower × 40.',
    guild: nightMarket,
    others: [loudNeighbour],
    effects: [
      {
        kind: 'rates',
        guild: loudNeighbour.id,
        factors: { typing_start: 30, message_create: 15, message_reaction_add: 12 },
        curve: { fromS: 300, rampS: 30, holdS: 870, decayS: 20 },
      },
      {
        kind: 'neighbours',
        guild: loudNeighbour.id,
        factor: 40,
        curve: { fromS: 300, rampS: 30, holdS: 870, decayS: 20 },
      },
    ],
    storyMinutes: 35,
    demoMinutes: 15,
  },
  {
    name: 'fanout-1m',
    summary: 'one message traced without sampling to 1,000,000 sessions: the largest trace',
    cause: 'Nothing is wrong: one message_create to everybody was traced without sampling.',
    guild: openStage,
    others: [],
    effects: [],
    storyMinutes: 10,
    demoMinutes: 10,
    fanout: 1_000_000,
  },
  {
    name: 'small-guild',
    summary: 'an outage of a 400-session guild that is over, and about to rotate away',
    cause:
      'A bot re-assigned roles in a loop: role_update six times a second from 1:00 to 9:00, 1.5 × what the guild can do.',
    guild: chessCorner,
    others: [],
    effects: [
      {
        kind: 'extra',
        guild: chessCorner.id,
        action: 'role_update',
        perSecond: 6,
        user: '204255221017214977',
        curve: { fromS: 60, rampS: 5, holdS: 480, decayS: 2 },
      },
    ],
    storyMinutes: 57,
    demoMinutes: 57,
  },
  {
    name: 'guild-down',
    summary: 'the guild’s process dies at 5:00; calls to it time out, and it says nothing any more',
    cause: 'The process of the guild died at 5:00 and was not started again.',
    guild: nightMarket,
    others: [],
    effects: [{ kind: 'death', guild: nightMarket.id, atS: 300 }],
    storyMinutes: 20,
    demoMinutes: 15,
  },
]

export function presetNamed(name: string): Preset | undefined {
  return PRESETS.find((preset) => preset.name === name)
}
