import { readFileSync } from 'node:fs'
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici'
import type { z } from 'zod'
import { fail, ok, type Result } from '../../base/result.ts'
import type { ReachedSettings, secret } from '../../config/source-fields.ts'

/** How one source is reached: its connections, what every request to it carries, and what must never be read in a message. */
export interface Connection {
  readonly dispatcher: Dispatcher
  readonly headers: Readonly<Record<string, string>>
  /** The text without the source's secrets. */
  readonly scrub: (text: string) => string
}

type Env = Readonly<Record<string, string | undefined>>

function plain(value: z.infer<typeof secret>, env: Env): string {
  return typeof value === 'string' ? value : (env[value.env] ?? '')
}

/** A proxy cannot reach our own loopback: never asked for it, as in Go's net/http. */
function isLoopback(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\./.test(url.hostname)
}

/** `unavailable` where a file of `tls` cannot be read. */
export function connect(name: string, settings: ReachedSettings, env: Env): Result<Connection> {
  const pem: { ca?: string; cert?: string; key?: string } = {}
  for (const part of ['ca', 'cert', 'key'] as const) {
    const file = settings.tls?.[part]
    if (file === undefined) continue
    try {
      pem[part] = readFileSync(file, 'utf8')
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
      return fail(
        'unavailable',
        name,
        `${name} cannot be asked: the file ${file} cannot be read${code}.`,
        `Correct "tls.${part}" of the source in the configuration, then start again.`,
      )
    }
  }
  const headers: Record<string, string> = {}
  const secrets: string[] = []
  for (const [header, value] of Object.entries(settings.headers)) {
    const text = plain(value, env)
    headers[header.toLowerCase()] = text
    secrets.push(text)
  }
  if (settings.auth !== undefined && 'bearer' in settings.auth) {
    const token = plain(settings.auth.bearer, env)
    headers.authorization = `Bearer ${token}`
    secrets.push(token)
  } else if (settings.auth !== undefined) {
    const password = plain(settings.auth.password, env)
    const pair = Buffer.from(`${settings.auth.user}:${password}`).toString('base64')
    headers.authorization = `Basic ${pair}`
    secrets.push(password, pair)
  }
  const hidden = secrets.filter((text) => text.length >= 4)
  const tls = { ...pem, timeout: settings.timeoutMs }
  const options = {
    connections: settings.maxConcurrent,
    pipelining: 1,
    connect: tls,
    // Our own timers bound these: undici's are coarse.
    headersTimeout: 0,
    bodyTimeout: 0,
    // A header block beyond this is not an answer.
    maxHeaderSize: 65_536,
  }
  return ok({
    dispatcher: isLoopback(new URL(settings.url))
      ? new Agent(options)
      : new EnvHttpProxyAgent({ ...options, requestTls: tls }),
    headers,
    scrub: (text) => hidden.reduce((clean, word) => clean.replaceAll(word, '•••'), text),
  })
}
