/**
 * `npm test`: everything, in one command, the same here and in CI. Each step must pass; the first that fails ends the run and
 * names the command that repeats it alone.
 *   npm test                  all steps
 *   npm test -- unit e2e      only these
 */
import { ensureBuilt, ensureInstalled, run } from './bootstrap.mjs'

process.env.TZ = 'UTC'
process.env.LC_ALL = 'C.UTF-8'
process.env.NEXT_TELEMETRY_DISABLED = '1'

const node = process.execPath
const bin = (file) => ['node_modules', ...file].join('/')

const STEPS = {
  lint: () => run(node, [bin(['@biomejs', 'biome', 'bin', 'biome']), 'check', '.']),
  layers: () => run(node, ['scripts/check-layers.mjs']),
  build: async () => {
    await ensureBuilt()
    return 0
  },
  types: () => run(node, [bin(['typescript', 'bin', 'tsc']), '--noEmit']),
  unit: () => run(node, [bin(['vitest', 'vitest.mjs']), 'run', '--reporter=dot']),
  e2e: async () => {
    const { findChromium } = await import('./chromium.mjs')
    return run(node, [bin(['@playwright', 'test', 'cli.js']), 'test', '-c', 'e2e/playwright.config.ts'], {
      env: { ...process.env, GUILDSCOPE_CHROMIUM: findChromium() },
    })
  },
  durability: () => run(node, ['--import', 'tsx', 'e2e/kill-nine.ts']),
  hostile: () => run(node, ['--import', 'tsx', 'e2e/bad-input.ts']),
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !Object.hasOwn(STEPS, name))
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(', ')}. Steps: ${Object.keys(STEPS).join(', ')}.`)
  process.exit(2)
}
await ensureInstalled()
const names = wanted.length > 0 ? wanted : Object.keys(STEPS)
let passed = 0
for (const name of names) {
  const started = Date.now()
  console.log(`\n── ${name}`)
  const code = await STEPS[name]()
  const seconds = ((Date.now() - started) / 1000).toFixed(0)
  if (code !== 0) {
    console.error(`\n${name} failed after ${seconds} s. Alone: npm test -- ${name}`)
    console.log(`steps: ${passed} passed, 1 failed`)
    process.exit(1)
  }
  passed++
  console.log(`── ${name} passed in ${seconds} s`)
}
console.log(`\nsteps: ${passed} passed, 0 failed`)
