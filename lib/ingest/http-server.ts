import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { ReceiverStatus } from '../model/instance.ts'
import { ByteBudget } from './budget.ts'
import { type IngestStore, type Receiving, receive } from './receive.ts'
import { listenSentence, ReceiverMeter } from './status.ts'

/** A receiver with a port of its own. */
export interface Receiver {
  /** Opens the port. A port that cannot be had is a status with a sentence. */
  listen(): Promise<ReceiverStatus>
  status(): ReceiverStatus
  /** Takes no new connections, and waits for what is being written (at most a few seconds). */
  close(): Promise<void>
}

export interface ReceiverOptions {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** Shared with the other receivers; absent: one of its own. */
  readonly budget?: ByteBudget
}

/** A client gets so long for its headers, and for the whole request. */
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 60_000
const CLOSE_TIMEOUT_MS = 5_000

/** OTLP/HTTP: `POST /v1/traces` in protobuf or JSON, and `POST /v1/timings`. */
export function createOtlpHttpServer(store: IngestStore, options: ReceiverOptions): Receiver {
  const meter = new ReceiverMeter('OTLP/HTTP', options.port)
  const receiving: Receiving = { store, budget: options.budget ?? new ByteBudget(), meter }
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, connectionsCheckingInterval: 5_000 },
    (request, response) => void serve(request, response, receiving),
  )
  return {
    listen: () => listen(server, options, meter),
    status: () => meter.status(),
    close: () => close(server, meter),
  }
}

async function serve(request: IncomingMessage, response: ServerResponse, receiving: Receiving): Promise<void> {
  const answer = await receive(
    {
      method: request.method ?? '',
      path: (request.url ?? '').split('?', 1)[0],
      contentType: request.headers['content-type'],
      contentEncoding: request.headers['content-encoding'],
      contentLength: request.headers['content-length'],
      // Leaving the loop early must not cut the connection: the answer is still to be sent.
      body: request.iterator({ destroyOnReturn: false }),
    },
    receiving,
  )
  if (response.destroyed) return
  // A body that was not read to its end would be taken for the next request.
  if (!request.complete && answer.status === 413) response.setHeader('Connection', 'close')
  response.writeHead(answer.status, { ...answer.headers, 'Content-Length': answer.body.length })
  response.end(answer.body)
}

function listen(server: Server, options: ReceiverOptions, meter: ReceiverMeter): Promise<ReceiverStatus> {
  return new Promise((resolve) => {
    const failed = (error: Error) => {
      meter.failed(listenSentence(error, 'OTLP/HTTP', options.host, options.port, 'GUILDSCOPE_OTLP_HTTP_PORT'))
      resolve(meter.status())
    }
    server.once('error', failed)
    server.listen(options.port, options.host, () => {
      server.off('error', failed)
      server.on('error', (error) => meter.refused(`OTLP/HTTP: ${error.message}`))
      const address = server.address()
      meter.listening(typeof address === 'object' && address !== null ? address.port : options.port)
      resolve(meter.status())
    })
  })
}

function close(server: Server, meter: ReceiverMeter): Promise<void> {
  meter.closed()
  if (!server.listening) return Promise.resolve()
  return new Promise((resolve) => {
    const late = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS)
    server.close(() => {
      clearTimeout(late)
      resolve()
    })
    server.closeIdleConnections()
  })
}
