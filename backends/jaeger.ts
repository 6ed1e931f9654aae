import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { beside, jaegerBinary } from './installs.ts'
import { type Backend, freePorts, ownFolder, startBackend } from './process.ts'

export interface Jaeger extends Backend {
  /** OTLP/HTTP: `POST {otlp}/v1/traces`. */
  readonly otlp: string
}

/** The real Jaeger (the v2 binary) with its store in memory, on ports of its own. `ui`: the configuration of its UI, JSON. */
export async function startJaeger(ui?: string): Promise<Jaeger> {
  const names = ['QUERY_HTTP', 'QUERY_GRPC', 'OTLP_HTTP', 'HEALTH']
  const ports = await freePorts(names.length)
  const folder = ownFolder('jaeger')
  const file = path.join(folder, 'jaeger.yaml')
  writeFileSync(
    file,
    names.reduce((text, name, n) => text.replaceAll(`\${${name}}`, String(ports[n])), beside('jaeger.yaml')),
  )
  const configs = ['--config', file]
  if (ui !== undefined) {
    const uiFile = path.join(folder, 'ui.json')
    writeFileSync(uiFile, ui)
    const more = path.join(folder, 'with-ui.yaml')
    writeFileSync(more, `extensions: { jaeger_query: { ui: { config_file: "${uiFile}" } } }\n`)
    configs.push('--config', more)
  }
  const backend = await startBackend({
    name: 'Jaeger',
    command: jaegerBinary(),
    args: configs,
    url: `http://127.0.0.1:${ports[0]}`,
    health: '/api/services',
    folders: [folder],
  })
  // Nothing of it is to be kept, and it would wait for connections that a client keeps alive.
  return { ...backend, otlp: `http://127.0.0.1:${ports[2]}`, stop: () => backend.stop('SIGKILL') }
}
