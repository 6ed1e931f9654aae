/** A server of somebody else as a child process: started, waited for, stopped. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A running server. Its data is gone when it is stopped. */
export interface Backend {
  /** Without a slash at the end. */
  readonly url: string
  /** What it printed last. */
  output(): string
  /** Processor time since its start, all its threads. */
  cpuMs(): number
  /** With SIGTERM, unless another signal is given. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

export interface BackendCommand {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly url: string
  /** Path that answers once it is ready, with 200 or `readyStatus`. */
  readonly health: string
  readonly readyStatus?: number
  /** Folders of its own, removed after it has ended. */
  readonly folders?: readonly string[]
}

const READY_MS = 120_000

/** Linux counts hundredths of a second. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** Ports that nobody listens on now. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = net.createServer()
      return new Promise<net.Server>((resolve, reject) => {
        server.once('error', reject)
        server.listen(0, '127.0.0.1', () => resolve(server))
      })
    }),
  )
  const ports = servers.map((server) => {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('A listening socket has no port.')
    return address.port
  })
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** A folder for a server's data. */
export function ownFolder(name: string): string {
  return mkdtempSync(path.join(os.tmpdir(), `guildscope-${name}-`))
}

/** Starts it and waits until it is healthy; an error with what it printed where it is not. */
export async function startBackend(what: BackendCommand): Promise<Backend> {
  const child = spawn(what.command, what.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...what.env },
  })
  let printed = ''
  const keep = (data: Buffer) => {
    printed = (printed + data.toString()).slice(-20_000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  let failure: Error | undefined
  child.once('error', (error) => {
    failure = error
  })
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    process.off('exit', kill)
    child.kill(signal)
    const timer = setTimeout(kill, 10_000)
    if (failure === undefined) await gone
    clearTimeout(timer)
    for (const folder of what.folders ?? []) rmSync(folder, { recursive: true, force: true })
  }
  const started = Date.now()
  while (Date.now() - started < READY_MS) {
    if (failure !== undefined || child.exitCode !== null || child.signalCode !== null) {
      await stop()
      throw new Error(`${what.name} ended at once: ${failure?.message ?? ''}\n${printed}`)
    }
    const ready = await fetch(what.url + what.health).then(
      (answer) => answer.ok || answer.status === what.readyStatus,
      () => false,
    )
    if (ready) return { url: what.url, output: () => printed, stop, cpuMs: () => cpuMsOf(child.pid ?? 0) }
    await sleep(100)
  }
  await stop()
  throw new Error(`${what.name} did not become ready within ${READY_MS / 1000} s:\n${printed}`)
}
