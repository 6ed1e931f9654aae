/** `npm start`: install and build what is missing or stale, then serve until Ctrl-C or SIGTERM. */
import { ensureBuilt, ensureInstalled } from './bootstrap.mjs'

await ensureInstalled()
await ensureBuilt()
const { onSignal, startServer } = await import('./server.mjs')
let server
onSignal(async () => {
  await server?.close()
})
server = await startServer()
console.log(`Guildscope is at ${server.url}`)
