import { existsSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'

/** One answer of a server: as recorded from a real one, or as a test makes it. */
export interface RecordedAnswer {
  /** `GET /api/search?q=…`. The order of the parameters does not matter. */
  readonly request: string
  readonly status: number
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  /** Only for requests whose `Accept` names this. */
  readonly accept?: string
  /** Only for requests with this body. */
  readonly sent?: string
}

export interface ReplayOptions {
  /** Parameters that may have any value, e.g. `start` and `end` of a search in a recording of another day. */
  readonly anyValueOf?: readonly string[]
  /** Answers what no recording matches; undefined: 501 in words. */
  readonly otherwise?: (request: ReplayedRequest) => RecordedAnswer | undefined
}

export interface ReplayedRequest {
  readonly method: string
  /** Path and query as asked. */
  readonly target: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Uint8Array
}

export interface Replay {
  readonly url: string
  /** What was asked, oldest first. */
  readonly requests: readonly ReplayedRequest[]
  /** What was asked for and is not recorded, as `GET /…`: an adapter's test expects it empty. */
  readonly unmatched: readonly string[]
  close(): Promise<void>
}

const indexFile = z.array(
  z.object({
    file: z.string().optional(),
    body: z.string().optional(),
    base64: z.string().optional(),
    sent: z.string().optional(),
    request: z.string(),
    status: z.number(),
    contentType: z.string().nullish(),
    accept: z.string().optional(),
  }),
)

/** The recorded answers of one server: a folder with `index.json` (requests, statuses, content types) and the answers in it, or one file each. */
export function recordedIn(folder: string): RecordedAnswer[] {
  const index = indexFile.parse(JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')))
  return index.map((entry) => ({
    request: entry.request,
    status: entry.status,
    body: entry.body ?? (entry.base64 === undefined ? bodyIn(folder, entry.file) : Buffer.from(entry.base64, 'base64')),
    ...(entry.sent === undefined ? {} : { sent: entry.sent }),
    ...(typeof entry.contentType === 'string' ? { contentType: entry.contentType } : {}),
    ...(entry.accept === undefined ? {} : { accept: entry.accept }),
  }))
}

function bodyIn(folder: string, file: string | undefined): string | Uint8Array {
  if (file === undefined || !existsSync(join(folder, file))) return ''
  return readFileSync(join(folder, file))
}

/** `GET /path?b=2&a=1` → `GET /path?a=1&b=2`, the values of `anyValueOf` left out. */
function canonical(request: string, anyValueOf: readonly string[]): string {
  const space = request.indexOf(' ')
  const url = new URL(request.slice(space + 1), 'http://replay')
  const pairs = [...url.searchParams]
    .map(([key, value]) => (anyValueOf.includes(key) ? key : `${key}=${value}`))
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return `${request.slice(0, space)} ${url.pathname}?${pairs.join('&')}`
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) if (chunk instanceof Uint8Array) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function answer(response: ServerResponse, recorded: RecordedAnswer): void {
  response.writeHead(recorded.status, {
    ...(recorded.contentType === undefined ? {} : { 'content-type': recorded.contentType }),
    ...recorded.headers,
  })
  response.end(recorded.body)
}

/** A server on a free port of this machine that answers as the recordings do, the first that matches. */
export async function startReplay(answers: readonly RecordedAnswer[], options: ReplayOptions = {}): Promise<Replay> {
  const anyValueOf = options.anyValueOf ?? []
  const known = answers.map((recorded) => ({ key: canonical(recorded.request, anyValueOf), recorded }))
  const requests: ReplayedRequest[] = []
  const unmatched: string[] = []
  const serve = async (incoming: IncomingMessage, response: ServerResponse) => {
    const asked: ReplayedRequest = {
      method: incoming.method ?? 'GET',
      target: incoming.url ?? '/',
      headers: incoming.headers,
      body: await bodyOf(incoming),
    }
    requests.push(asked)
    const line = `${asked.method} ${asked.target}`
    const key = canonical(line, anyValueOf)
    const accepts = incoming.headers.accept ?? ''
    const sent = Buffer.from(asked.body).toString('utf8')
    const found = known.find(
      ({ key: asking, recorded }) =>
        asking === key &&
        (recorded.accept === undefined || accepts.includes(recorded.accept)) &&
        (recorded.sent === undefined || recorded.sent === sent),
    )
    const recorded = found?.recorded ?? options.otherwise?.(asked)
    if (recorded !== undefined) return answer(response, recorded)
    unmatched.push(line)
    answer(response, { request: line, status: 501, contentType: 'text/plain', body: `Not recorded: ${line}` })
  }
  const server = createServer((incoming, response) => {
    serve(incoming, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  const port = isAddress(bound) ? bound.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    unmatched,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function isAddress(bound: AddressInfo | string | null): bound is AddressInfo {
  return typeof bound === 'object' && bound !== null
}
