/**
 * `npm test`: everything, in one command, the same here and in CI. Each step must pass; the first that fails ends the run and
 * names the command that repeats it alone.
 *   npm test                  all steps
 *   npm test -- unit e2e      only these
 * Steps that have nothing of each other's run side by side; what each prints is kept and shown whole when it ends.
 */
import { ensureBuilt, ensureInstalled, run, runKept } from './bootstrap.mjs'

process.env.TZ = 'UTC'
process.env.LC_ALL = 'C.UTF-8'
process.env.NEXT_TELEMETRY_DISABLED = '1'

const node = process.execPath
const bin = (file) => ['node_modules', ...file].join('/')

/** Each gives its exit code; `run` starts a child, with its output shown at once or kept. */
const STEPS = {
  lint: (run) => run(node, [bin(['@biomejs', 'biome', 'bin', 'biome']), 'check', '.']),
  layers: (run) => run(node, ['scripts/check-layers.mjs']),
  build: async () => {
    await ensureBuilt()
    return 0
  },
  types: (run) => run(node, [bin(['typescript', 'bin', 'tsc']), '--noEmit']),
  unit: (run) => run(node, [bin(['vitest', 'vitest.mjs']), 'run', '--reporter=dot']),
  durability: (run) => run(node, ['--import', 'tsx', 'e2e/kill-nine.ts']),
  hostile: (run) => run(node, ['--import', 'tsx', 'e2e/bad-input.ts']),
  e2e: async (run) => {
    const { findChromium } = await import('./chromium.mjs')
    return run(node, [bin(['@playwright', 'test', 'cli.js']), 'test', '-c', 'e2e/playwright.config.ts'], {
      env: { ...process.env, GUILDSCOPE_CHROMIUM: findChromium() },
    })
  },
}

/**
 * Stages one after the other, the lanes of a stage side by side, the steps of a lane one after the other. Types need what the build
 * writes; the servers and browsers of e2e have the machine to themselves.
 */
const STAGES = [[['lint', 'layers', 'build']], [['unit'], ['types', 'durability', 'hostile']], [['e2e']]]

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !Object.hasOwn(STEPS, name))
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(', ')}. Steps: ${Object.keys(STEPS).join(', ')}.`)
  process.exit(2)
}
await ensureInstalled()

let passed = 0
const failed = []

/** Runs a step; what it prints stands below its name, also where another runs beside it. */
async function step(name, alone) {
  const started = Date.now()
  let kept = ''
  const keep = async (...child) => {
    const { code, output } = await runKept(...child)
    kept += output
    return code
  }
  if (alone) console.log(`\n── ${name}`)
  const code = await STEPS[name](alone ? run : keep)
  if (!alone) process.stdout.write(`\n── ${name}\n${kept}`)
  const seconds = ((Date.now() - started) / 1000).toFixed(0)
  if (code === 0) {
    passed++
    console.log(`── ${name} passed in ${seconds} s`)
    return true
  }
  failed.push(name)
  console.error(`\n${name} failed after ${seconds} s. Alone: npm test -- ${name}`)
  return false
}

for (const stage of STAGES) {
  const lanes = stage
    .map((lane) => lane.filter((name) => wanted.length === 0 || wanted.includes(name)))
    .filter((lane) => lane.length > 0)
  const alone = lanes.length === 1
  if (lanes.length > 1) console.log(`\n── side by side: ${lanes.map((lane) => lane.join(', ')).join(' | ')}`)
  await Promise.all(
    lanes.map(async (lane) => {
      for (const name of lane) if (failed.length > 0 || !(await step(name, alone))) return
    }),
  )
  if (failed.length > 0) {
    console.log(`steps: ${passed} passed, ${failed.length} failed`)
    process.exit(1)
  }
}
console.log(`\nsteps: ${passed} passed, 0 failed`)
