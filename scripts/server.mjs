/** The web server in this very process, so that a signal to it reaches everything. Needs a finished build. */
import { createServer } from 'node:http'
import { ROOT } from './bootstrap.mjs'

/**
 * Starts and resolves with {url, config, receivers, close} once the web port listens. A taken port or a bad configuration
 * ends the process with a sentence and exit code 1.
 */
export async function startServer() {
  process.env.NODE_ENV = 'production'
  process.env.NEXT_TELEMETRY_DISABLED = '1'
  process.chdir(ROOT)
  const { default: next } = await import('next')
  const app = next({ dev: false, dir: ROOT })
  await app.prepare()
  const started = await globalThis.guildscope
  if (started === undefined || !started.ok) {
    throw new Error('The build does not start an instance: instrumentation did not run.')
  }
  const { config, receivers, access, close: closeInstance } = started.value
  const handle = app.getRequestHandler()
  const server = createServer((request, response) => {
    // Where the request comes from, under a key that only this process has; whatever a client sent by this name is gone.
    request.headers['x-guildscope-peer'] = access.stampPeer(request.socket.remoteAddress ?? '')
    return handle(request, response)
  })
  await new Promise((resolve) => {
    server.once('error', async (error) => {
      console.error(
        error.code === 'EADDRINUSE'
          ? `Guildscope cannot start: port ${config.port} of ${config.host} is taken. Set PORT to a free one, or stop what uses it.`
          : `Guildscope cannot start: ${error.message}`,
      )
      await closeInstance()
      process.exit(1)
    })
    server.listen(config.port, config.host, resolve)
  })
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  return {
    url: `http://${host}:${config.port}`,
    config,
    receivers,
    async close() {
      server.close()
      server.closeAllConnections()
      await closeInstance()
    },
  }
}

/** Runs `stop` on the first Ctrl-C or SIGTERM and exits; a second one ends the process at once. */
export function onSignal(stop) {
  let stopping = false
  const handler = async (signal) => {
    if (stopping) process.exit(signal === 'SIGINT' ? 130 : 143)
    stopping = true
    try {
      await stop()
      process.exit(0)
    } catch (error) {
      console.error(error)
      process.exit(1)
    }
  }
  process.on('SIGINT', handler)
  process.on('SIGTERM', handler)
}
