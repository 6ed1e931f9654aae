import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { collectorBinary, jaegerBinary } from './installs.ts'
import { type Backend, freePorts, ownFolder, startBackend } from './process.ts'

export interface Collector extends Backend {
  /** Ports of its OTLP receivers. */
  readonly http: number
  readonly grpc: number
}

/**
 * OpenTelemetry's collector over a configuration as the documents have it, its receivers moved to free ports of this machine. `inside: 'jaeger'`: the
 * collector that Jaeger's binary is.
 */
export async function startCollector(yaml: string, inside: 'own' | 'jaeger' = 'own'): Promise<Collector> {
  const [http, grpc] = await freePorts(2)
  const folder = ownFolder('collector')
  const file = path.join(folder, 'collector.yaml')
  writeFileSync(file, yaml)
  const moved = path.join(folder, 'moved.yaml')
  const at = (port: number) => `{ endpoint: "127.0.0.1:${port}" }`
  writeFileSync(
    moved,
    `receivers: { otlp: { protocols: { grpc: ${at(grpc)}, http: ${at(http)} } } }\nservice: { telemetry: { metrics: { level: none } } }\n`,
  )
  const backend = await startBackend({
    name: 'The collector',
    command: inside === 'jaeger' ? jaegerBinary() : collectorBinary(),
    args: ['--config', file, '--config', moved],
    url: `http://127.0.0.1:${http}`,
    health: '/v1/traces',
    // It takes POST only.
    readyStatus: 405,
    folders: [folder],
  })
  return { ...backend, http, grpc }
}
