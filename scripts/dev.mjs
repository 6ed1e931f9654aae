/** `npm run dev`: Next's development server, with the receivers and the store in the same process. */
import { ensureInstalled, run } from './bootstrap.mjs'

await ensureInstalled()
// Exports made meanwhile are of this state; `node scripts/capsule.mjs` brings them up to date.
await (await import('./capsule.mjs')).ensureCapsule()
const address = ['-p', process.env.PORT ?? '3000', '-H', process.env.HOST ?? '127.0.0.1']
process.exitCode = await run(process.execPath, ['node_modules/next/dist/bin/next', 'dev', ...address], {
  env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
})
