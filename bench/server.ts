/** A real server in a process of its own, on ports and a data folder that belong to the bench. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { cpuMsOf } from '../backends/process.ts'

const ROOT = path.resolve(import.meta.dirname, '..')

export interface BenchServer {
  readonly origin: string
  readonly otlp: string
  readonly dataDir: string
  readonly pid: number
  /** Resident memory, MiB. */
  rssMiB(): number
  /** Processor time since its start, all its threads. */
  cpuMs(): number
  stop(): Promise<void>
}

export async function startBenchServer(
  ports = { web: 3310, http: 4518, grpc: 4517 },
  env: Readonly<Record<string, string>> = {},
): Promise<BenchServer> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'guildscope-bench-'))
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      ...env,
      PORT: String(ports.web),
      GUILDSCOPE_OTLP_HTTP_PORT: String(ports.http),
      GUILDSCOPE_OTLP_GRPC_PORT: String(ports.grpc),
      GUILDSCOPE_DATA_DIR: dataDir,
    },
  })
  const origin = `http://127.0.0.1:${ports.web}`
  for (let i = 0; ; i++) {
    const up = await fetch(`${origin}/api/health`).then(
      (answer) => answer.ok,
      () => false,
    )
    if (up) break
    if (i > 600 || child.exitCode !== null) throw new Error('The bench server did not start.')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const pid = child.pid
  if (pid === undefined) throw new Error('The bench server has no pid.')
  return {
    origin,
    otlp: `http://127.0.0.1:${ports.http}`,
    dataDir,
    pid,
    rssMiB: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024,
    cpuMs: () => cpuMsOf(pid),
    stop: async () => {
      // Asked for twice, there is nothing left to wait for.
      if (child.exitCode === null && child.signalCode === null) {
        const exited = new Promise((resolve) => child.once('exit', resolve))
        child.kill('SIGTERM')
        await exited
      }
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
