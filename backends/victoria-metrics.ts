import { debianProgram } from './installs.ts'
import { type Backend, freePorts, ownFolder, startBackend } from './process.ts'

/** The real VictoriaMetrics. History: `POST {url}/api/v1/import/prometheus` (milliseconds), then `POST {url}/internal/force_flush`. */
export async function startVictoriaMetrics(): Promise<Backend> {
  const program = debianProgram('victoria-metrics', 'victoria-metrics')
  const [port] = await freePorts(1)
  const folder = ownFolder('victoria-metrics')
  return await startBackend({
    name: 'VictoriaMetrics',
    command: program,
    args: [
      `-storageDataPath=${folder}`,
      `-httpListenAddr=127.0.0.1:${port}`,
      '-retentionPeriod=120',
      '-memory.allowedPercent=5',
      '-loggerLevel=WARN',
    ],
    url: `http://127.0.0.1:${port}`,
    health: '/health',
    folders: [folder],
  })
}
