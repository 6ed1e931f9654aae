import { ACTIONS, type Part, relayCount } from './model/actions.ts'
import type { GuildSpec } from './model/guild-server.ts'
import { attributeKey, attributes, nameField } from './otlp-encode.ts'

/** Everything that repeats from span to span, encoded once. Attribute keys are those of `docs/contracts.md`. */

export const STAGE = {
  client: attributes({ 'guild.stage': 'client' }),
  api: attributes({ 'guild.stage': 'api' }),
  guild: attributes({ 'guild.stage': 'guild' }),
  relay: attributes({ 'guild.stage': 'relay' }),
  session: attributes({ 'guild.stage': 'session' }),
  gateway: attributes({ 'guild.stage': 'gateway' }),
} as const

export const KEY = {
  enqueued: attributeKey('guild.enqueued_unix_nano'),
  depth: attributeKey('guild.mailbox.depth'),
  recipients: attributeKey('fanout.recipients'),
  keepRate: attributeKey('fanout.keep_rate'),
  relay: attributeKey('guild.relay.id'),
  sessions: attributeKey('guild.sessions'),
  user: attributeKey('enduser.id'),
  session: attributeKey('session.id'),
  channel: attributeKey('guild.channel.id'),
} as const

export const ACTION = ACTIONS.map(({ name, kind }) => ({
  attribute: attributes({ 'guild.action': name }),
  client: nameField(`client.${name}`),
  api: nameField(`api.${name}`),
  rpc: nameField(kind === 'call' ? 'guild.call' : 'guild.cast'),
  guild: nameField(`guild.${name}`),
}))

export const NAME = {
  connectClient: nameField('client.connect'),
  identify: nameField('gateway.identify'),
  sessionStart: nameField('session.start'),
  guildConnect: nameField('session.guild_connect'),
  terminate: nameField('session.terminate'),
  publish: nameField('fanout.publish'),
  reply: nameField('reply.send'),
  gc: nameField('beam.garbage_collect'),
  relay: nameField('relay.fanout'),
  push: nameField('session.push'),
  gateway: nameField('gateway.send'),
} as const

const parts = new Map<string, Uint8Array>()

export function partName(part: Part): Uint8Array {
  let field = parts.get(part.name)
  if (field === undefined) {
    field = nameField(part.name)
    parts.set(part.name, field)
  }
  return field
}

/** What every span of a guild carries, and what the guild's own spans carry besides. */
export interface GuildBlobs {
  readonly id: Uint8Array
  readonly own: Uint8Array
  readonly relays: readonly Uint8Array[]
}

const guilds = new WeakMap<GuildSpec, GuildBlobs>()

export function guildBlobs(spec: GuildSpec): GuildBlobs {
  let blobs = guilds.get(spec)
  if (blobs === undefined) {
    blobs = {
      id: attributes({ 'guild.id': spec.intId ? { int: spec.id } : spec.id }),
      own: attributes({
        'guild.name': spec.name,
        'guild.sessions': { int: String(spec.sessions) },
        'beam.pid': `<0.${1_000 + (Number(spec.id.slice(-6)) % 30_000)}.${Number(spec.id.slice(-8, -6)) % 8}>`,
      }),
      relays: Array.from({ length: relayCount(spec.sessions) }, (_, r) =>
        attributes({ 'guild.relay.id': `relay-${String(r).padStart(2, '0')}` }),
      ),
    }
    guilds.set(spec, blobs)
  }
  return blobs
}
