import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { debianProgram } from './installs.ts'
import { type Backend, freePorts, ownFolder, startBackend } from './process.ts'

/**
 * The real Prometheus over a history given as OpenMetrics text (seconds), which it neither scrapes nor forgets; more can be sent to
 * `POST {url}/api/v1/write`, for some hours before the newest.
 */
export async function startPrometheus(openMetrics = ''): Promise<Backend> {
  const prometheus = debianProgram('prometheus', 'prometheus')
  const [port] = await freePorts(1)
  const folder = ownFolder('prometheus')
  const data = path.join(folder, 'data')
  if (openMetrics !== '') {
    const file = path.join(folder, 'history.txt')
    writeFileSync(file, openMetrics)
    const args = ['tsdb', 'create-blocks-from', 'openmetrics', file, data]
    const made = spawnSync(debianProgram('promtool', 'prometheus'), args, { encoding: 'utf8' })
    if (made.status !== 0) throw new Error(`promtool refused the history: ${(made.stderr + made.stdout).slice(-2_000)}`)
  }
  const config = path.join(folder, 'prometheus.yml')
  writeFileSync(config, 'scrape_configs: []\nstorage: { tsdb: { out_of_order_time_window: 6h } }\n')
  return await startBackend({
    name: 'Prometheus',
    command: prometheus,
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--storage.tsdb.retention.time=10y',
      '--web.enable-remote-write-receiver',
      '--log.level=warn',
    ],
    url: `http://127.0.0.1:${port}`,
    health: '/-/ready',
    folders: [folder],
  })
}
