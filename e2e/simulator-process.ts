/** The simulator as a process of its own: it sends OTLP and timings over the network, as real systems would. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'

const ROOT = path.resolve(import.meta.dirname, '..')

/** Where it sends: the OTLP/HTTP receiver, and the web port's origin for timings. */
export interface SimulatorTarget {
  readonly httpPort: number
  readonly origin: string
}

export interface SimulatorProcess {
  /** Resolves when the history is told and its ground truth written. */
  told(limitMs: number): Promise<void>
  /** SIGTERM, and gone when it resolves. */
  stop(): Promise<void>
}

/** Starts it; `truthFile` must not exist yet. */
export function startSimulator(target: SimulatorTarget, truthFile: string, args: readonly string[]): SimulatorProcess {
  const child: ChildProcess = spawn(
    process.execPath,
    [
      ...['--import', 'tsx', 'lib/simulator/cli.ts'],
      ...['--target', `http://127.0.0.1:${target.httpPort}`, '--timings-target', target.origin],
      ...['--truth', truthFile],
      ...args,
    ],
    { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] },
  )
  let ended = false
  const gone = new Promise<void>((resolve) =>
    child.once('exit', () => {
      ended = true
      resolve()
    }),
  )
  return {
    told: (limitMs) =>
      until('the history is told and its ground truth written', limitMs, () => {
        if (existsSync(truthFile)) return true
        if (ended) throw new Error('The simulator ended early.')
        return false
      }),
    stop: async () => {
      child.kill('SIGTERM')
      await gone
    },
  }
}

/** Asks four times a second; throws when the limit is past. */
export async function until(what: string, limitMs: number, holds: () => Promise<boolean> | boolean): Promise<void> {
  const started = Date.now()
  while (!(await holds())) {
    if (Date.now() - started > limitMs) throw new Error(`Not within ${limitMs / 1000} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
