/**
 * `npm run demo`: the server, and beside it the simulator as a process of its own that reaches it over the network only.
 * One Ctrl-C ends both; the data stays in the data folder for the next run.
 */
import { spawn } from 'node:child_process'
import { ensureBuilt, ensureInstalled, ROOT } from './bootstrap.mjs'

await ensureInstalled()
await ensureBuilt()
const { onSignal, startServer } = await import('./server.mjs')

let server
let simulator
function stopSimulator() {
  if (simulator === undefined || simulator.exitCode !== null || simulator.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    simulator.once('exit', resolve)
    simulator.kill('SIGTERM')
    setTimeout(() => simulator.kill('SIGKILL'), 3_000).unref()
  })
}
onSignal(async () => {
  await stopSimulator()
  await server?.close()
})

server = await startServer()
const otlp = server.receivers.status().find((receiver) => receiver.name === 'OTLP/HTTP')
const target = new URL(server.url)
if (otlp?.state === 'listening') target.port = String(otlp.port)
console.log(`Guildscope is at ${server.url}`)
console.log('A simulated incident is on its way in: reactions × 80 in the guild Pixel Arena. Ctrl-C stops everything.')
simulator = spawn(
  process.execPath,
  [
    ...['--import', 'tsx', 'lib/simulator/cli.ts', '--preset', 'reaction-flurry', '--demo'],
    ...['--target', target.origin, '--timings-target', server.url],
    ...process.argv.slice(2),
  ],
  { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] },
)
simulator.on('exit', (code) => {
  if (code === 0 || code === null) return
  console.error(`The simulator ended with code ${code}; Guildscope goes on with what has come in.`)
})
