import type { ReceiverStatus } from '../model/instance.ts'
import { ByteBudget } from './budget.ts'
import { createOtlpGrpcServer } from './grpc-server.ts'
import { createOtlpHttpServer, type Receiver } from './http-server.ts'
import type { IngestStore } from './receive.ts'
import { ReceiverMeter } from './status.ts'
import { receiveWeb } from './web.ts'

export interface ReceiversOptions {
  readonly host: string
  /** 0: off. */
  readonly httpPort: number
  /** 0: off. */
  readonly grpcPort: number
  readonly webPort: number
}

/** All receivers of the process, with one budget for the bytes in flight. */
export interface Receivers {
  /** Opens the ports; those that cannot be had say so in `status()`. Never rejects. */
  listen(): Promise<readonly ReceiverStatus[]>
  status(): readonly ReceiverStatus[]
  /** The web port's `/v1/traces` and `/v1/timings`. */
  handle(request: Request): Promise<Response>
  close(): Promise<void>
}

export function createReceivers(store: IngestStore, options: ReceiversOptions): Receivers {
  const budget = new ByteBudget()
  const web = new ReceiverMeter('web port', options.webPort)
  web.listening(options.webPort)
  const { host, httpPort, grpcPort } = options
  const servers: Receiver[] = []
  const off: ReceiverStatus[] = []
  if (httpPort > 0) servers.push(createOtlpHttpServer(store, { host, port: httpPort, budget }))
  else off.push(new ReceiverMeter('OTLP/HTTP', 0).status())
  if (grpcPort > 0) servers.push(createOtlpGrpcServer(store, { host, port: grpcPort, budget }))
  else off.push(new ReceiverMeter('OTLP/gRPC', 0).status())
  const status = () => [...servers.map((server) => server.status()), ...off, web.status()]
  return {
    listen: async () => {
      await Promise.all(servers.map((server) => server.listen()))
      return status()
    },
    status,
    handle: (request) => receiveWeb(request, { store, budget, meter: web }),
    close: async () => {
      await Promise.all(servers.map((server) => server.close()))
    },
  }
}

/** Of an instance that keeps nothing itself: no port is opened, and what is sent to the web port is told so. */
export function closedReceivers(): Receivers {
  const sentence =
    'This Guildscope keeps nothing itself ("store": "off" in its configuration): send to the system that it reads from.'
  return {
    listen: async () => [],
    status: () => [],
    // 404 as of a path that is not served: OTLP clients drop what they sent and do not try for ever.
    handle: async () => Response.json({ code: 5, message: sentence }, { status: 404 }),
    close: async () => {},
  }
}
