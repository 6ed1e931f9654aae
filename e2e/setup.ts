/**
 * Feeds the tests' instance as real systems would: the simulator runs as a process of its own and sends OTLP and timings over
 * the network: the flurry with its history and one message to a million sessions, going on live.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { HTTP_PORT, ORIGIN, TRUTH_FILE } from './instance'

const ROOT = path.resolve(import.meta.dirname, '..')

function simulate(args: readonly string[]): ChildProcess {
  return spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      'lib/simulator/cli.ts',
      '--target',
      `http://127.0.0.1:${HTTP_PORT}`,
      '--timings-target',
      ORIGIN,
      ...args,
    ],
    { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] },
  )
}

function finished(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
}

async function until(what: string, limitMs: number, holds: () => Promise<boolean> | boolean): Promise<void> {
  const started = Date.now()
  while (!(await holds())) {
    if (Date.now() - started > limitMs) throw new Error(`Not within ${limitMs / 1000} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

export default async function setup(): Promise<() => Promise<void>> {
  const live = simulate([
    '--preset',
    'reaction-flurry',
    '--with',
    'fanout-1m',
    '--demo',
    '--seed',
    '1',
    '--truth',
    TRUTH_FILE,
  ])
  let ended = false
  live.once('exit', () => {
    ended = true
  })
  await until('the history is told and its ground truth written', 300_000, () => {
    if (ended) throw new Error('The simulator ended early.')
    return existsSync(TRUTH_FILE)
  })
  await until('the sick guild is at the top', 60_000, async () => {
    const answer = await fetch(`${ORIGIN}/api/fleet`)
    if (!answer.ok) return false
    const fleet: { guilds: { guildName?: string }[] } = await answer.json()
    return fleet.guilds[0]?.guildName === 'Pixel Arena'
  })
  return async () => {
    live.kill('SIGTERM')
    await finished(live)
  }
}
