import {
  logVerbosity,
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  setLogVerbosity,
} from '@grpc/grpc-js'
import { exportResponse, RPC, reasonText, rpcStatus } from './answers.ts'
import { ByteBudget, MAX_BODY_BYTES } from './budget.ts'
import type { Receiver, ReceiverOptions } from './http-server.ts'
import { type IngestStore, refusalOf } from './receive.ts'
import { listenSentence, ReceiverMeter } from './status.ts'

// What goes wrong is said in the status; the library would print it as well.
setLogVerbosity(logVerbosity.NONE)

const CLOSE_TIMEOUT_MS = 5_000

const SERVICE: ServiceDefinition = {
  Export: {
    path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    requestStream: false,
    responseStream: false,
    // Bytes in, bytes out: the store's decoder reads them, and nobody else has to.
    requestDeserialize: (bytes: Buffer) => bytes,
    requestSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (bytes: Buffer) => bytes,
  },
}

/** OTLP/gRPC: `TraceService/Export`. Message sizes are limited by the library, while it decompresses. */
export function createOtlpGrpcServer(store: IngestStore, options: ReceiverOptions): Receiver {
  const meter = new ReceiverMeter('OTLP/gRPC', options.port)
  const budget = options.budget ?? new ByteBudget()
  const server = new Server({ 'grpc.max_receive_message_length': MAX_BODY_BYTES })
  server.addService(SERVICE, {
    Export: (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) =>
      void take(call.request, callback, store, budget, meter),
  })
  return {
    listen: () =>
      new Promise((resolve) => {
        const host = options.host.includes(':') ? `[${options.host}]` : options.host
        server.bindAsync(`${host}:${options.port}`, ServerCredentials.createInsecure(), (error, port) => {
          if (error === null) meter.listening(port)
          else meter.failed(listenSentence(error, 'OTLP/gRPC', options.host, options.port, 'GUILDSCOPE_OTLP_GRPC_PORT'))
          resolve(meter.status())
        })
      }),
    status: () => meter.status(),
    close: () =>
      new Promise((resolve) => {
        meter.closed()
        const late = setTimeout(() => {
          server.forceShutdown()
          resolve()
        }, CLOSE_TIMEOUT_MS)
        server.tryShutdown(() => {
          clearTimeout(late)
          resolve()
        })
      }),
  }
}

async function take(
  request: Buffer,
  callback: sendUnaryData<Buffer>,
  store: IngestStore,
  budget: ByteBudget,
  meter: ReceiverMeter,
): Promise<void> {
  const bytes = request.length
  if (!budget.take(bytes)) {
    refuse(callback, meter, RPC.unavailable, 'Too many requests are being written at once; try again in a second.', 1)
    return
  }
  meter.received(bytes)
  try {
    // A copy with a buffer of its own, which can be transferred; the request may be a piece of a shared one.
    const result = await store.ingestTraces(new Uint8Array(request), 'protobuf')
    if (result.ok) {
      const { accepted, rejected } = result.value
      meter.answered(accepted, rejected, reasonText(result.value, 'span') || undefined)
      callback(null, Buffer.from(exportResponse(result.value)))
      return
    }
    const { status, sentence, retryAfter } = refusalOf(result.failure)
    const code = status === 400 ? RPC.invalidArgument : status === 413 ? RPC.resourceExhausted : RPC.unavailable
    refuse(callback, meter, code, sentence, retryAfter)
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    refuse(callback, meter, RPC.internal, `The store failed: ${what}.`)
  } finally {
    budget.give(bytes)
  }
}

function refuse(
  callback: sendUnaryData<Buffer>,
  meter: ReceiverMeter,
  code: number,
  sentence: string,
  retryAfter?: number,
): void {
  meter.refused(sentence)
  const metadata = new Metadata()
  metadata.set('grpc-status-details-bin', Buffer.from(rpcStatus(code, sentence, retryAfter)))
  callback({ code, details: sentence, metadata })
}
