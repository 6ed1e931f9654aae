/**
 * `npm start`: install and build what is missing or stale, then serve until Ctrl-C or SIGTERM.
 * `npm start -- --new-token`: the same with a new owner token; the old one and every session end.
 * `npm start -- --check-config`: checks the configuration, tries each source once, says what works, and ends; nothing listens. Exit code
 * 1 where something does not.
 */
import { ensureBuilt, ensureInstalled } from './bootstrap.mjs'

if (process.argv.includes('--new-token')) process.env.GUILDSCOPE_NEW_TOKEN = '1'
await ensureInstalled()
if (process.argv.includes('--check-config')) {
  const { register } = await import('tsx/esm/api')
  register()
  const { checkConfig } = await import('../lib/server/check-config.ts')
  process.exit(await checkConfig((line) => console.log(line)))
}
await ensureBuilt()
const { onSignal, startServer } = await import('./server.mjs')
let server
onSignal(async () => {
  await server?.close()
})
server = await startServer()
console.log(`Guildscope is at ${server.url}`)
