import type { AttributeMapping } from '../model/span-batch.ts'
import type { Redaction } from './manifest.ts'

/** Columns that an attribute key can feed. */
export type RedactableField = 'guild' | 'guildName' | 'action' | 'node' | 'relay' | 'service'

export const FIELD_WORDS: Readonly<Record<RedactableField, string>> = {
  guild: 'names the guild',
  guildName: 'is the guild’s name',
  action: 'is the action type',
  node: 'is the node',
  relay: 'is the relay',
  service: 'is the service',
}

/** Keys that name users, sessions, channels, addresses, or carry what users typed, by OpenTelemetry's semantic conventions. */
const PERSONAL_KEYS: readonly string[] = [
  'enduser.id',
  'enduser.pseudo.id',
  'user.id',
  'user.name',
  'user.full_name',
  'user.email',
  'user.hash',
  'session.id',
  'session.previous_id',
  'guild.channel.id',
  'client.address',
  'source.address',
  'network.peer.address',
  'net.peer.ip',
  'net.sock.peer.addr',
  'http.client_ip',
  'http.url',
  'http.target',
  'url.full',
  'url.query',
  'user_agent.original',
  'http.user_agent',
  'db.statement',
  'db.query.text',
]
const PERSONAL_PREFIXES: readonly string[] = [
  'http.request.header.',
  'http.response.header.',
  'rpc.grpc.request.metadata.',
  'rpc.grpc.response.metadata.',
  'db.query.parameter.',
]

/** Whether a key is proposed for redaction, and why, in words. */
export function proposal(key: string, mapping: AttributeMapping): string | undefined {
  if (mapping.user.includes(key)) return 'names a user'
  if (mapping.session.includes(key)) return 'names a session'
  if (mapping.channel.includes(key)) return 'names a channel'
  if (PERSONAL_KEYS.includes(key) || PERSONAL_PREFIXES.some((prefix) => key.startsWith(prefix)))
    return 'often holds personal data'
  return undefined
}

export function fieldsFedBy(key: string, mapping: AttributeMapping): RedactableField[] {
  const fields: RedactableField[] = []
  if (mapping.guild.includes(key)) fields.push('guild')
  if (mapping.guildName.includes(key)) fields.push('guildName')
  if (mapping.action.includes(key)) fields.push('action')
  if (mapping.node.includes(key)) fields.push('node')
  if (mapping.relay.includes(key)) fields.push('relay')
  if (key === 'service.name') fields.push('service')
  return fields
}

export type How = Redaction['how']

/** What was chosen, by key and by the columns that the keys feed. Of two choices for one thing, dropping wins. */
export class Choices {
  readonly keys = new Map<string, How>()
  readonly fields = new Map<RedactableField, How>()

  constructor(choices: readonly Redaction[], mapping: AttributeMapping) {
    for (const { key, how } of choices) {
      this.keys.set(key, stronger(this.keys.get(key), how))
      for (const field of fieldsFedBy(key, mapping)) this.fields.set(field, stronger(this.fields.get(field), how))
    }
  }
}

export function stronger(a: How | undefined, b: How): How {
  return a === 'dropped' ? a : b
}
