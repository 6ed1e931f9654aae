import { formatExact } from '../../base/format.ts'
import { fail, type Result } from '../../base/result.ts'

/** Sentences about a backend that did not answer as it should. Every one begins with the source's name. */

const LOOK = 'Look whether the source runs and whether its address in the configuration is right, then ask again.'

function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`
}

/** The newest `code` in a chain of causes. */
function codeOf(error: unknown): string {
  let at: unknown = error
  for (let depth = 0; depth < 5 && at instanceof Error; depth++) {
    // Node tries all addresses of a name, and says so with one error that holds one for each.
    if (at instanceof AggregateError && at.errors.length > 0) {
      at = at.errors[0]
      continue
    }
    if ('code' in at && typeof at.code === 'string' && !at.code.startsWith('UND_ERR_SOCKET')) return at.code
    if (at.cause === undefined) return 'code' in at && typeof at.code === 'string' ? at.code : ''
    at = at.cause
  }
  return ''
}

const CERTIFICATE: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by nobody known here',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by nobody known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by nobody known here',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is signed by nobody known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by nobody known here',
}

const CONNECTION: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ENOTFOUND: 'has an address whose name nobody knows',
  EAI_AGAIN: 'has an address whose name could not be looked up',
  EHOSTUNREACH: 'cannot be reached: there is no way to its host',
  ENETUNREACH: 'cannot be reached: there is no way to its network',
  ETIMEDOUT: 'did not take the connection in time',
  UND_ERR_CONNECT_TIMEOUT: 'did not take the connection in time',
  ECONNRESET: 'broke the connection off',
  EPIPE: 'broke the connection off',
  UND_ERR_SOCKET: 'broke the connection off',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'broke its answer off before the end',
  Z_BUF_ERROR: 'broke its compressed answer off before the end',
  Z_DATA_ERROR: 'sent a compressed answer that is damaged',
  UND_ERR_HEADERS_OVERFLOW: 'sent more header lines than an answer may have',
}

/** What the network, TLS or a decompressor said. */
export function connectionFailure(source: string, error: unknown, begun: boolean): Result<never> {
  const code = codeOf(error)
  const certificate = CERTIFICATE[code]
  if (certificate !== undefined)
    return fail(
      'unavailable',
      source,
      `${source} is not trusted: ${certificate}.`,
      'Use the name the certificate is for in the address, or name its authority with "tls.ca" in the configuration.',
    )
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'EPROTO')
    return fail(
      'unavailable',
      source,
      `${source} does not speak TLS at this address.`,
      'Use "http://" in its address in the configuration, or the port that speaks TLS.',
    )
  if (/^ERR_(SSL|TLS)_/.test(code) || code.startsWith('ERR_OSSL'))
    return fail(
      'unavailable',
      source,
      `${source} and Guildscope found no way to speak TLS (${code}).`,
      'Check "tls" of the source in the configuration: it may want a client certificate.',
    )
  if (code.startsWith('HPE_'))
    return fail('unavailable', source, `${source} answers something that is not HTTP (${code}).`, LOOK)
  const words = CONNECTION[code]
  if (words === undefined)
    return fail('unavailable', source, `${source} could not be read${code === '' ? '' : ` (${code})`}.`, LOOK)
  const broke =
    words === CONNECTION.ECONNRESET && begun ? 'broke the connection off in the middle of its answer' : words
  return fail('unavailable', source, `${source} ${broke}.`, LOOK)
}

export function silent(source: string, ms: number, begun: boolean): Result<never> {
  return fail(
    'unavailable',
    source,
    begun
      ? `${source} stopped in the middle of its answer and sent nothing more for ${seconds(ms)}.`
      : `${source} did not answer within ${seconds(ms)}.`,
    'Ask for less, ask again, or raise "timeoutMs" of the source in the configuration.',
  )
}

export function tooSlow(source: string, ms: number): Result<never> {
  return fail(
    'unavailable',
    source,
    `${source} did not finish its answer within ${seconds(ms)}.`,
    'Ask for a shorter range, or raise "totalTimeoutMs" of the source in the configuration.',
  )
}

export function tooManyWaiting(source: string, atOnce: number): Result<never> {
  return fail(
    'busy',
    source,
    `${source} is still busy with ${atOnce === 1 ? 'another request' : `${atOnce} other requests`}, which is as many as may run at once.`,
    'Ask again, or raise "maxConcurrent" of the source in the configuration.',
  )
}

export function tooLarge(source: string, bytes: number): Result<never> {
  return fail(
    'too-large',
    source,
    `${source} answers with more than the ${formatExact(bytes)} bytes that are read of one answer.`,
    'Ask for less: a shorter range, or fewer traces.',
  )
}

export function paused(source: string, untilMs: number, why: string): Result<never> {
  const until = new Date(untilMs).toISOString().slice(11, 19)
  return fail('busy', source, `${source} is not asked until ${until} UTC: ${why}`, 'Ask again then.')
}

export function cancelled(source: string): Result<never> {
  return fail('cancelled', source, `The request to ${source} was cancelled.`, 'Ask again.')
}

export function redirected(source: string, host: string): Result<never> {
  return fail(
    'unavailable',
    source,
    `${source} sends its readers on to another place (${host}), which is not followed.`,
    'Put the address where it really answers into the configuration.',
  )
}

export function htmlPage(source: string): Result<never> {
  return fail(
    'unavailable',
    source,
    `${source} answered with a page for a browser instead of data.`,
    'Check the address in the configuration: it may be of a sign-in page, or lack a path such as "/jaeger".',
  )
}

export function notJson(source: string): Result<never> {
  return fail(
    'unavailable',
    source,
    `${source} answered with something that is not JSON, or broke it off before its end.`,
    'Ask again. If it stays so, check the address and the kind of the source in the configuration.',
  )
}

/** A status that is no answer. `said`: the beginning of the body, without secrets. */
export function statusFailure(source: string, status: number, said: string, waitMs: number | undefined): Result<never> {
  const words = said === '' ? '.' : `: ${said}`
  if (status === 401 || status === 403 || status === 407)
    return fail(
      'unavailable',
      source,
      `${source} refuses the credentials it was given (status ${status})${words}`,
      'Check "auth" and "headers" of the source in the configuration.',
    )
  if (status === 404 || status === 405 || status === 410)
    return fail(
      'unavailable',
      source,
      `${source} has nothing at this address (status ${status})${words}`,
      'Check its address and its kind in the configuration.',
    )
  if (status === 429 || (status === 503 && waitMs !== undefined))
    return fail(
      'busy',
      source,
      `${source} has too much to do (status ${status})${waitMs === undefined ? '' : ` and asks to be left alone for ${seconds(waitMs)}`}${words}`,
      waitMs === undefined ? 'Ask again a little later.' : `Ask again in ${seconds(waitMs)}.`,
    )
  if (status === 413 || status === 414 || status === 431)
    return fail('too-large', source, `${source} was asked for too much (status ${status})${words}`, 'Ask for less.')
  if (status === 502 || status === 504)
    return fail('unavailable', source, `What stands before ${source} did not reach it (status ${status})${words}`, LOOK)
  if (status >= 500)
    return fail('unavailable', source, `${source} failed (status ${status})${words}`, 'Ask again, and look at its log.')
  return fail(
    'unavailable',
    source,
    `${source} refused the request (status ${status})${words}`,
    'Check that its kind and version are what the configuration says.',
  )
}

/** The first line of a body as it may be shown: no markup, no control characters, at most 200 characters, ended as a sentence. */
export function excerpt(body: string): string {
  const text = body
    .replace(/<(style|script|head)\b[\s\S]*?(<\/\1>|$)/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/[\u0000-\u001f\u007f\s]+/g, ' ')
    .trim()
  if (text === '') return ''
  const short = text.length > 200 ? `${text.slice(0, 200).trimEnd()}…` : text
  return /[.!?…]$/.test(short) ? short : `${short}.`
}
