import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { beside, jaegerBinary } from './installs.ts'
import { type Backend, freePorts, ownFolder, startBackend } from './process.ts'

export interface Jaeger extends Backend {
  /** OTLP/HTTP: `POST {otlp}/v1/traces`. */
  readonly otlp: string
}

/** The real Jaeger (the v2 binary) with its store in memory, on ports of its own. */
export async function startJaeger(): Promise<Jaeger> {
  const names = ['QUERY_HTTP', 'QUERY_GRPC', 'OTLP_HTTP', 'HEALTH']
  const ports = await freePorts(names.length)
  const folder = ownFolder('jaeger')
  const file = path.join(folder, 'jaeger.yaml')
  writeFileSync(
    file,
    names.reduce((text, name, n) => text.replaceAll(`\${${name}}`, String(ports[n])), beside('jaeger.yaml')),
  )
  const backend = await startBackend({
    name: 'Jaeger',
    command: jaegerBinary(),
    args: ['--config', file],
    url: `http://127.0.0.1:${ports[0]}`,
    health: '/api/services',
    folders: [folder],
  })
  return { ...backend, otlp: `http://127.0.0.1:${ports[2]}` }
}
