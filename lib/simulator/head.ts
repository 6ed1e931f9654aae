import type { GuildServer } from './model/guild-server.ts'
import type { Id64, TraceContext } from './otlp-encode.ts'

/** Share of the guild's and the gateways' spans that fail. */
export const FAILURES = 0.004

/** A message that head sampling chose, on its way. */
export interface Head {
  readonly trace: TraceContext
  readonly action: number
  readonly arrivalUs: number
  /** Trace every recipient: for the largest trace. */
  readonly full: boolean
  /** Parent of the guild's span; undefined: the guild's span is the root. */
  readonly parent: Id64 | undefined
  readonly user: string
  readonly session: string
  readonly channel: string
  readonly client: Id64
  readonly api: Id64
  /** Start of the client's, the api's and the call's span. */
  readonly clientUs: number
  readonly apiUs: number
  readonly rpcUs: number
  readonly server: GuildServer<Head>
  readonly retried: boolean
  /** Nothing remains to be written but what the guild does. */
  upstreamWritten: boolean
}

/** A trace that has been written to its end. */
export interface FinishedTrace {
  readonly traceId: string
  readonly guildId: string
  readonly action: string
  readonly complete: boolean
  readonly waitUs: number
  readonly startUs: number
  readonly endUs: number
}
