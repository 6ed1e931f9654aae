import { java, zipkinJar } from './installs.ts'
import { type Backend, freePorts, startBackend } from './process.ts'

/** The real Zipkin with its store in memory. It takes its own JSON at `POST /api/v2/spans`. */
export async function startZipkin(): Promise<Backend> {
  const [port] = await freePorts(1)
  return await startBackend({
    name: 'Zipkin',
    command: java(),
    args: ['-Xmx768m', '-jar', zipkinJar()],
    env: { QUERY_PORT: String(port), STORAGE_TYPE: 'mem', MEM_MAX_SPANS: '1000000' },
    url: `http://127.0.0.1:${port}`,
    health: '/health',
  })
}
