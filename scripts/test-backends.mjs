/**
 * `npm run test:backends`: the adapters against the real Zipkin, Jaeger, Prometheus, VictoriaMetrics and ClickHouse engine. What is missing
 * is fetched or built once, outside of the checkout; a server that cannot be started is a failure.
 *   npm run test:backends -- zipkin              only the files whose names hold "zipkin"
 *   npm run test:backends -- --record zipkin     writes what it answers into the fixtures that npm test reads
 */
import path from 'node:path'
import { ensureBuilt, ensureInstalled, run } from './bootstrap.mjs'

process.env.TZ = 'UTC'
process.env.LC_ALL = 'C.UTF-8'
process.env.NEXT_TELEMETRY_DISABLED = '1'

await ensureInstalled()
await ensureBuilt()
// Before the tests, so that no test's time is spent on a build.
const prepared = await run(process.execPath, ['--import', 'tsx', 'backends/prepare.ts'])
if (prepared !== 0) process.exit(prepared)
const names = process.argv.slice(2).filter((argument) => argument !== '--record')
if (names.length < process.argv.length - 2) process.env.GUILDSCOPE_RECORD = '1'
const vitest = path.join('node_modules', 'vitest', 'vitest.mjs')
process.exit(await run(process.execPath, [vitest, 'run', '--config', 'backends/vitest.config.ts', ...names]))
