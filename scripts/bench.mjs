/** `npm run bench`: prints each budget beside its figure. `npm run bench -- model` runs one part. */
import { ensureBuilt, ensureInstalled, run } from './bootstrap.mjs'

await ensureInstalled()
await ensureBuilt()
const { findChromium } = await import('./chromium.mjs')
process.exitCode = await run(process.execPath, ['--import', 'tsx', 'bench/main.ts', ...process.argv.slice(2)], {
  env: { ...process.env, GUILDSCOPE_CHROMIUM: findChromium(), NEXT_TELEMETRY_DISABLED: '1' },
})
