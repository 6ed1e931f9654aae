import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Failure, Result } from '../../base/result.ts'
import { type ReachedSettings, sourceSettings } from '../../config/source-fields.ts'
import { createBackendClient } from './create-client.ts'
import { CERTIFICATE, FAULTS, type Fault, startFaultProxy } from './fault-proxy.fixture.ts'
import { peakOf } from './peak.fixture.ts'

const never = new AbortController().signal
const LIMITS = { timeoutMs: 700, totalTimeoutMs: 1_500, maxAnswerBytes: 32 * 2 ** 20 }
/** A loaded machine may be late by this much. */
const SLACK_MS = 1_500
const MOST_EXTRA_BYTES = 200 * 2 ** 20

/** What the client says, word for word, when it reads JSON. Undefined: an answer. */
const SAYS: Readonly<Record<Fault, { readonly kind: Failure['kind']; readonly what: RegExp } | undefined>> = {
  none: undefined,
  'wrong content type': undefined,
  refused: { kind: 'unavailable', what: /^staging refused the connection\.$/ },
  'black hole': { kind: 'unavailable', what: /^staging did not answer within 700 ms\.$/ },
  'slow drip': { kind: 'unavailable', what: /^staging did not finish its answer within 1\.5 s\.$/ },
  'reset mid-body': { kind: 'unavailable', what: /^staging broke the connection off in the middle of its answer\.$/ },
  'truncated JSON': { kind: 'unavailable', what: /^staging answered with something that is not JSON, or broke it off/ },
  'HTML with 200': { kind: 'unavailable', what: /^staging answered with a page for a browser instead of data\.$/ },
  '500': { kind: 'unavailable', what: /^staging failed \(status 500\): the disk is on fire\.$/ },
  '429 with Retry-After': {
    kind: 'busy',
    what: /^staging has too much to do \(status 429\) and asks to be left alone for 30 s: too many queries\.$/,
  },
  '2 GB answer': { kind: 'too-large', what: /^staging answers with more than the 33,554,432 bytes/ },
  'gzip bomb': { kind: 'too-large', what: /^staging answers with more than the 33,554,432 bytes/ },
  'redirect to a metadata address': {
    kind: 'unavailable',
    what: /^staging sends its readers on to another place \(169\.254\.169\.254\), which is not followed\.$/,
  },
  'TLS with a wrong name': {
    kind: 'unavailable',
    what: /^staging is not trusted: its certificate is for another name/,
  },
  'exception inside a 200': { kind: 'unavailable', what: /^staging answered with something that is not JSON/ },
}

describe('the client of a backend × every fault', () => {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ traces: ['one', 'two', 'three'] }))
  })
  let upstream = ''
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => server.close())

  const settingsOf = (url: string): ReachedSettings =>
    sourceSettings.parse({
      kind: 'jaeger',
      url,
      auth: { bearer: 'a-secret-of-the-source' },
      ...LIMITS,
      ...(url.startsWith('https') ? { tls: { ca: CERTIFICATE } } : {}),
    })

  it.each(FAULTS)('%s', async (fault) => {
    const proxy = await startFaultProxy(fault, upstream)
    const client = createBackendClient('staging', settingsOf(proxy.url))
    try {
      const startMs = Date.now()
      const [answer, extra] = await peakOf<Result<{ readonly body: unknown }>>(() =>
        client.json({ path: '/api/x', signal: never }),
      )
      expect(Date.now() - startMs).toBeLessThan(LIMITS.totalTimeoutMs + SLACK_MS)
      expect(extra).toBeLessThan(MOST_EXTRA_BYTES)
      const says = SAYS[fault]
      if (answer.ok) {
        expect(says).toBeUndefined()
        expect(answer.value.body).toEqual({ traces: ['one', 'two', 'three'] })
      } else {
        expect(answer.failure.what).toMatch(says?.what ?? /^no failure/)
        expect(answer.failure.kind).toBe(says?.kind)
        expect(answer.failure.source).toBe('staging')
        expect(answer.failure.tryThis).toMatch(/^[A-Z].*\.$/)
        expect(JSON.stringify(answer)).not.toContain('a-secret-of-the-source')
        expect(client.stats().lastErrors[0]?.what).toBe(answer.failure.what)
      }
    } finally {
      await client.close()
      await proxy.close()
    }
  })

  it('streams: the first bytes are kept, the rest is cut and said', async () => {
    for (const fault of ['2 GB answer', 'gzip bomb'] as const) {
      const proxy = await startFaultProxy(fault)
      const client = createBackendClient('staging', settingsOf(proxy.url))
      let bytes = 0
      const [answer, extra] = await peakOf(() =>
        client.stream({ path: '/', signal: never }, (chunk) => {
          bytes += chunk.byteLength
          return true
        }),
      )
      expect(answer).toMatchObject({ ok: true, value: { cut: true, bytes: LIMITS.maxAnswerBytes } })
      expect(bytes).toBe(LIMITS.maxAnswerBytes)
      expect(extra).toBeLessThan(MOST_EXTRA_BYTES)
      await client.close()
      await proxy.close()
    }
  })
})
