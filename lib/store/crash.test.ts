import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { openStore } from './embedded.ts'
import { mustOpen, temporaryConfig } from './store-fixture.ts'

const NEVER = new AbortController().signal
const CHILD = fileURLToPath(new URL('./lock-child.fixture.ts', import.meta.url))
const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Runs the sender until it has printed `lines` lines, then kills it at once. */
async function runUntilKilled(dataDir: string, from: number, lines: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, dataDir, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const seen: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    seen.push(line)
    if (seen.length === lines) child.kill('SIGKILL')
  }
  await ended
  return seen
}

test('kill -9 loses no acknowledged span, and the next start takes over the lock', async () => {
  const { config, dispose } = temporaryConfig()
  const acknowledged: string[] = []
  for (const [round, lines] of [37, 150, 81].entries())
    acknowledged.push(...(await runUntilKilled(config.dataDir, 1 + round * 100_000, lines)))
  expect(acknowledged.length).toBeGreaterThanOrEqual(268)
  const store = await mustOpen(config)
  for (const traceId of acknowledged) {
    const trace = await store.traces.trace(traceId, undefined, NEVER)
    expect(trace.ok && trace.value.spans.count).toBe(100)
  }
  await store.close()
  dispose()
}, 60_000)

test('a second process is refused with a sentence', async () => {
  const { config, dispose } = temporaryConfig()
  const store = await mustOpen(config)
  const [line] = await runUntilKilled(config.dataDir, 1, 1)
  expect(line).toBe(`failed The data folder ${config.dataDir} is in use by process ${process.pid}.`)
  const again = await openStore(config)
  expect(again.ok ? 'ok' : again.failure.kind).toBe('unavailable')
  await store.close()
  const third = await mustOpen(config)
  await third.close()
  // A process id that is used again by somebody else does not keep the folder locked.
  writeFileSync(join(config.dataDir, 'lock'), '1 123456789')
  await (await mustOpen(config)).close()
  dispose()
}, 60_000)
