import type { SpanEncoder } from './otlp-encode.ts'
import { Random } from './random.ts'

/** The services that a message passes, each with its instances, as OTLP resources with clocks that are off by up to ± 2 ms. */
export interface Infrastructure {
  /** Resource numbers of the encoder. */
  readonly client: readonly number[]
  readonly api: readonly number[]
  readonly guilds: readonly number[]
  readonly relays: readonly number[]
  readonly sessions: readonly number[]
  readonly gateway: readonly number[]
}

const VERSION = '2026.11.3'

export function guildNodeName(node: number): string {
  return `guilds-${String(node + 1).padStart(2, '0')}`
}

export function makeInfrastructure(encoder: SpanEncoder, seed: string, guildNodes: number): Infrastructure {
  const random = new Random(`${seed}/clocks`)
  const service = (name: string, instances: readonly string[], language: string): number[] =>
    instances.map((instance) =>
      encoder.resource(
        {
          'service.name': name,
          'service.instance.id': instance,
          'service.version': VERSION,
          'telemetry.sdk.language': language,
          'cloud.availability_zone': `zone-${'abc'[random.below(3)]}`,
        },
        Math.round(random.between(-2_000, 2_000)),
      ),
    )
  const numbered = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${name}-${String(i + 1).padStart(2, '0')}`)
  return {
    client: service('client', ['web', 'desktop', 'ios', 'android'], 'webjs'),
    api: service('api', numbered('api', 4), 'python'),
    guilds: service(
      'guilds',
      Array.from({ length: guildNodes }, (_, i) => guildNodeName(i)),
      'erlang',
    ),
    relays: service('relays', numbered('relays', 8), 'erlang'),
    sessions: service('sessions', numbered('sessions', 24), 'erlang'),
    gateway: service('gateway', numbered('gateway', 12), 'rust'),
  }
}
