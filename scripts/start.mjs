/**
 * `npm start`: install and build what is missing or stale, then serve until Ctrl-C or SIGTERM.
 * `npm start -- --new-token`: the same with a new owner token; the old one and every session end.
 */
import { ensureBuilt, ensureInstalled } from './bootstrap.mjs'

if (process.argv.includes('--new-token')) process.env.GUILDSCOPE_NEW_TOKEN = '1'
await ensureInstalled()
await ensureBuilt()
const { onSignal, startServer } = await import('./server.mjs')
let server
onSignal(async () => {
  await server?.close()
})
server = await startServer()
console.log(`Guildscope is at ${server.url}`)
