/** The real server as a process that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const ROOT = path.resolve(import.meta.dirname, '..')

export interface ServerPorts {
  readonly web: number
  readonly http: number
  readonly grpc: number
}

export interface ServerProcess {
  readonly origin: string
  readonly child: ChildProcess
  /** Everything it printed. */
  output(): string
  /** SIGKILL, and gone when it resolves. */
  kill(): Promise<void>
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>
}

/** Starts the server as `npm start` does and waits until it is healthy. `settings`: further environment variables. */
export async function startServer(
  dataDir: string,
  ports: ServerPorts,
  settings: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const origin = `http://127.0.0.1:${ports.web}`
  if (await isHealthy(origin)) throw new Error(`Another server listens on ${origin}; stop it first.`)
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...settings,
      HOST: '127.0.0.1',
      PORT: String(ports.web),
      GUILDSCOPE_OTLP_HTTP_PORT: String(ports.http),
      GUILDSCOPE_OTLP_GRPC_PORT: String(ports.grpc),
      GUILDSCOPE_DATA_DIR: dataDir,
    },
  })
  let printed = ''
  const keep = (data: Buffer) => {
    printed = (printed + data.toString()).slice(-20_000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const gone = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const server: ServerProcess = {
    origin,
    child,
    output: () => printed,
    kill: async () => {
      child.kill('SIGKILL')
      await gone
    },
    stop: async () => {
      child.kill('SIGTERM')
      return await gone
    },
  }
  const started = Date.now()
  // The first start may have to install and build.
  while (Date.now() - started < 180_000) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`The server ended at once:\n${printed}`)
    if (await isHealthy(origin)) return server
    await sleep(100)
  }
  await server.kill()
  throw new Error(`The server did not become healthy within 180 s:\n${printed}`)
}

function isHealthy(origin: string): Promise<boolean> {
  return fetch(`${origin}/api/health`).then(
    (answer) => answer.ok,
    () => false,
  )
}
