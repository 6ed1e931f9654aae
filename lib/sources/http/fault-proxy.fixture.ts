import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

/**
 * A TCP proxy that stands before a backend and does to its answers what networks and middle boxes do. It speaks HTTP/1.1 by hand, because
 * a server of a library refuses to be this broken.
 */
export const FAULTS = [
  'none',
  'refused',
  'black hole',
  'slow drip',
  'reset mid-body',
  'truncated JSON',
  'HTML with 200',
  '500',
  '429 with Retry-After',
  '2 GB answer',
  'wrong content type',
  'gzip bomb',
  'redirect to a metadata address',
  'TLS with a wrong name',
  'exception inside a 200',
] as const
export type Fault = (typeof FAULTS)[number]

export interface FaultProxy {
  readonly url: string
  /** Connections that are open now. */
  readonly open: number
  /** First lines of the requests that came, oldest first. */
  readonly requests: readonly string[]
  close(): Promise<void>
}

const MEBIBYTE = 2 ** 20
/** One gzip member of 64 MiB of spaces (which JSON takes for nothing): 32 in a row unfold to 2 GiB out of 2 MB. */
const BOMB = { member: undefined as Buffer | undefined, times: 32 }
const SPACES = Buffer.alloc(MEBIBYTE, ' ')
export const CERTIFICATE = fileURLToPath(new URL('./fixtures/other-name.cert.pem', import.meta.url))
export const KEY = fileURLToPath(new URL('./fixtures/other-name.key.pem', import.meta.url))
/** As ClickHouse ends a body that had begun when its query failed. */
const EXCEPTION =
  'Code: 241. DB::Exception: Memory limit (for query) exceeded: would use 9.40 GiB, maximum: 9.31 GiB. (MEMORY_LIMIT_EXCEEDED)\n'

interface Answer {
  readonly status: string
  readonly headers: string
  readonly body: Buffer
}

/** `upstream`: the address of the server behind it, which is asked with what came; without it every answer is `{}`. */
export async function startFaultProxy(fault: Fault, upstream?: string): Promise<FaultProxy> {
  const sockets = new Set<Socket>()
  const requests: string[] = []
  const serve = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // A reader that leaves breaks what is being written: that is what it may do.
    socket.on('error', () => {})
    onRequests(socket, (request) => {
      requests.push(request.toString('latin1').split('\r\n', 1)[0] ?? '')
      void respond(fault, socket, request, upstream)
    })
  }
  const secure = fault === 'TLS with a wrong name'
  const server: Server = secure
    ? createTlsServer({ cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) }, serve)
    : createServer(serve)
  server.on('tlsClientError', () => {})
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  )
  const close = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy()
      server.close(() => resolve())
    })
  if (fault === 'refused') await close()
  return {
    url: `${secure ? 'https' : 'http'}://127.0.0.1:${port}`,
    get open() {
      return sockets.size
    },
    requests,
    close: fault === 'refused' ? async () => {} : close,
  }
}

/** Calls back with each whole request (head and body by its length). */
function onRequests(socket: Socket, take: (request: Buffer) => void): void {
  let held: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk])
    for (;;) {
      const head = held.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(held.toString('latin1', 0, head))?.[1] ?? 0)
      const end = head + 4 + length
      if (held.byteLength < end) return
      take(held.subarray(0, end))
      held = held.subarray(end)
    }
  })
}

/** Asks the server behind, and reads its answer until it closes. */
function askUpstream(upstream: string | undefined, request: Buffer): Promise<Answer> {
  if (upstream === undefined)
    return Promise.resolve({
      status: 'HTTP/1.1 200 OK',
      headers: 'Content-Type: application/json\r\n',
      body: Buffer.from('{}'),
    })
  const { hostname, port } = new URL(upstream)
  const head = request.indexOf('\r\n\r\n')
  const lines = request
    .toString('latin1', 0, head)
    .split('\r\n')
    // One answer, uncompressed, then the end: what the faults cut is then what a reader would see.
    .filter((line) => !/^(connection|accept-encoding):/i.test(line))
  const asked = Buffer.concat([
    Buffer.from(`${lines.join('\r\n')}\r\nConnection: close`, 'latin1'),
    request.subarray(head),
  ])
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(port), hostname, () => socket.write(asked))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('end', () => resolve(parse(Buffer.concat(chunks))))
  })
}

function parse(answer: Buffer): Answer {
  const head = answer.indexOf('\r\n\r\n')
  const [status = '', ...lines] = answer.toString('latin1', 0, head).split('\r\n')
  const raw = answer.subarray(head + 4)
  const kept = lines.filter((line) => !/^(connection|content-length|transfer-encoding|keep-alive):/i.test(line))
  const chunked = lines.some((line) => /^transfer-encoding: *chunked/i.test(line))
  return { status, headers: kept.map((line) => `${line}\r\n`).join(''), body: chunked ? unchunk(raw) : raw }
}

function unchunk(raw: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < raw.byteLength; ) {
    const line = raw.indexOf('\r\n', at)
    const size = Number.parseInt(raw.toString('latin1', at, line), 16)
    if (!(size > 0)) break
    parts.push(raw.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
  return Buffer.concat(parts)
}

function head(status: string, headers: string): string {
  return `HTTP/1.1 ${status}\r\n${headers}\r\n`
}

function plain(socket: Socket, status: string, type: string, body: string, headers = ''): void {
  socket.write(head(status, `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}`) + body)
}

async function respond(fault: Fault, socket: Socket, request: Buffer, upstream: string | undefined): Promise<void> {
  switch (fault) {
    case 'refused':
    case 'black hole':
      return
    case 'HTML with 200':
      return plain(
        socket,
        '200 OK',
        'text/plain; charset=utf-8',
        '<!doctype html><html><head><title>Sign in</title></head><body>Who are you?</body></html>',
      )
    case '500':
      return plain(socket, '500 Internal Server Error', 'text/plain', 'the disk is on fire')
    case '429 with Retry-After':
      return plain(socket, '429 Too Many Requests', 'text/plain', 'too many queries', 'Retry-After: 30\r\n')
    case 'redirect to a metadata address':
      return plain(socket, '302 Found', 'text/plain', '', 'Location: http://169.254.169.254/latest/meta-data/iam/\r\n')
    case '2 GB answer':
      socket.write(head('200 OK', `Content-Type: application/json\r\nContent-Length: ${2048 * MEBIBYTE}\r\n`))
      return pour(socket, SPACES, 2048)
    case 'gzip bomb': {
      BOMB.member ??= gzipSync(Buffer.alloc(64 * MEBIBYTE, ' '))
      const length = BOMB.member.byteLength * BOMB.times
      socket.write(
        head('200 OK', `Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${length}\r\n`),
      )
      return pour(socket, BOMB.member, BOMB.times)
    }
    default:
      return passOn(fault, socket, await askUpstream(upstream, request))
  }
}

/** The faults that begin as the real answer does. */
function passOn(fault: Fault, socket: Socket, { status, headers, body }: Answer): void {
  const answer = (length: number, ofHeaders = headers) =>
    socket.write(`${status}\r\n${ofHeaders}Content-Length: ${length}\r\n\r\n`)
  const half = body.subarray(0, Math.max(1, body.byteLength >> 1))
  switch (fault) {
    case 'reset mid-body':
      answer(body.byteLength + 1_000)
      // The half must be read before the reset throws it away.
      socket.write(half, () => setTimeout(() => socket.resetAndDestroy(), 50))
      return
    case 'truncated JSON':
      answer(half.byteLength)
      socket.write(half)
      return
    case 'slow drip': {
      answer(body.byteLength + 100_000)
      let at = 0
      const timer = setInterval(() => {
        socket.write(at < body.byteLength ? body.subarray(at, at + 1) : ' ')
        at++
      }, 20)
      socket.on('close', () => clearInterval(timer))
      return
    }
    case 'wrong content type':
      answer(body.byteLength, 'Content-Type: image/png\r\n')
      socket.write(body)
      return
    case 'exception inside a 200':
      answer(half.byteLength + EXCEPTION.length)
      socket.write(Buffer.concat([half, Buffer.from(EXCEPTION)]))
      return
    default:
      answer(body.byteLength)
      socket.write(body)
  }
}

/** Writes as fast as it is read, and no faster. */
function pour(socket: Socket, piece: Buffer, times: number): void {
  let left = times
  const more = () => {
    while (left > 0 && !socket.destroyed) {
      left--
      if (!socket.write(piece)) {
        socket.once('drain', more)
        return
      }
    }
  }
  more()
}
