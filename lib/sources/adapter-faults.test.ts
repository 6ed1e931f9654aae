/**
 * Every adapter × every fault, over a real TCP proxy: each question ends within the source's time-out, with bounded memory, in a sentence
 * that names the source (or in what could be read, with a note). An adapter joins by one entry in `ADAPTERS`.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Failure, Result } from '../base/result.ts'
import { sourceSettings } from '../config/source-fields.ts'
import type { BackendClient } from './http/backend-client.ts'
import { createBackendClient } from './http/create-client.ts'
import { CERTIFICATE, FAULTS, type Fault, startFaultProxy } from './http/fault-proxy.fixture.ts'
import { peakOf } from './http/peak.fixture.ts'
import { type RecordedAnswer, type Replay, recordedIn, startReplay } from './http/replay.fixture.ts'
import { tempoBackend } from './tempo/backend.ts'
import type { SourceHealth } from './trace-source.ts'
import { zipkinBackend } from './zipkin/backend.ts'

const NEVER = new AbortController().signal
const SECRET = 'a-secret-of-the-source'
const LIMITS = { timeoutMs: 700, totalTimeoutMs: 1_500, maxAnswerBytes: 16 * 2 ** 20 }
/** A question may ask twice, one after the other (a newer route, then an older one); a loaded machine may be late. */
const MOST_MS = 2 * LIMITS.totalTimeoutMs + 2_000
const MOST_EXTRA_BYTES = 300 * 2 ** 20
const PROBE_ID = 'c4a70000000000000000000000000abc'
const QUERY = { guild: '81384788765712384', fromMs: 0, toMs: 1e12, limit: 20, sort: 'newest' } as const

type Question = () => Promise<Result<unknown>>

interface Adapter {
  readonly kind: string
  readonly answers: readonly RecordedAnswer[]
  readonly questions: (settings: object, clientOf: Make) => Readonly<Record<string, Question>>
}
type Make = (settings: Parameters<typeof createBackendClient>[1]) => BackendClient

/** Health as a result: a failure where it is not well. */
async function wellness(health: Promise<SourceHealth>): Promise<Result<unknown>> {
  const { ok, failure, name } = await health
  if (ok) return { ok: true, value: undefined }
  return { ok: false, failure: failure ?? { kind: 'unavailable', source: name, what: 'no failure given', tryThis: '' } }
}

const ADAPTERS: readonly Adapter[] = [
  {
    kind: 'tempo',
    answers: recordedIn(join(import.meta.dirname, 'tempo/fixtures')),
    questions: (raw, clientOf) => {
      const settings = sourceSettings.parse({ kind: 'tempo', ...raw })
      if (settings.kind !== 'tempo') throw new Error('not a Tempo')
      const backend = tempoBackend('staging', settings, clientOf(settings))
      return {
        trace: () => backend.fetchTrace(PROBE_ID, undefined, NEVER),
        search: () => backend.search(QUERY, NEVER),
        health: () => wellness(backend.health(NEVER)),
      }
    },
  },
  {
    kind: 'zipkin',
    answers: recordedIn(join(import.meta.dirname, 'zipkin/fixtures')),
    questions: (raw, clientOf) => {
      const settings = sourceSettings.parse({ kind: 'zipkin', ...raw })
      if (settings.kind !== 'zipkin') throw new Error('not a Zipkin')
      const backend = zipkinBackend('staging', settings, clientOf(settings))
      return {
        trace: () => backend.fetchTrace(PROBE_ID, undefined, NEVER),
        search: () => backend.search(QUERY, NEVER),
        health: () => wellness(backend.health(NEVER)),
      }
    },
  },
]

/** Faults of an answer that a reader may survive: what was read comes with a note. */
const PARTLY: ReadonlySet<Fault> = new Set(['2 GB answer', 'gzip bomb', 'truncated JSON', 'exception inside a 200'])
/** Nothing is wrong with the data itself. */
const HARMLESS: ReadonlySet<Fault> = new Set(['none', 'wrong content type'])

function notesOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null && 'notes' in value && Array.isArray(value.notes)
    ? value.notes
    : []
}

function check(failure: Failure): void {
  expect(failure.what).toContain('staging')
  expect(failure.source).toBe('staging')
  expect(failure.what).toMatch(/[.…]$/)
  expect(failure.tryThis).toMatch(/[.…]$/)
  expect(JSON.stringify(failure)).not.toContain(SECRET)
}

for (const adapter of ADAPTERS) {
  describe(`${adapter.kind} × every fault`, () => {
    let upstream: Replay
    beforeAll(async () => {
      upstream = await startReplay(adapter.answers, {
        anyValueOf: ['start', 'end'],
        otherwise: ({ target }) =>
          /^\/api\/(search|v2\/traces)\?/.test(target)
            ? adapter.answers.find((one) => /(q|annotationQuery)=.*guild/.test(one.request))
            : target === '/health' || target.startsWith('/info')
              ? { request: '', status: 200, contentType: 'application/json', body: '{"status":"UP"}' }
              : undefined,
      })
    })
    afterAll(() => upstream.close())

    test.each(FAULTS)('%s', { timeout: 30_000 }, async (fault) => {
      const proxy = await startFaultProxy(fault, upstream.url)
      const clients: BackendClient[] = []
      const questions = adapter.questions(
        {
          url: proxy.url,
          auth: { bearer: SECRET },
          ...LIMITS,
          ...(proxy.url.startsWith('https') ? { tls: { ca: CERTIFICATE } } : {}),
        },
        (settings) => {
          const client = createBackendClient('staging', settings)
          clients.push(client)
          return client
        },
      )
      try {
        for (const [what, ask] of Object.entries(questions)) {
          const startMs = Date.now()
          const [answer, extra] = await peakOf(ask)
          expect(Date.now() - startMs, what).toBeLessThan(MOST_MS)
          expect(extra, what).toBeLessThan(MOST_EXTRA_BYTES)
          if (!answer.ok) {
            expect(HARMLESS.has(fault) ? answer.failure : undefined, what).toBeUndefined()
            check(answer.failure)
          } else if (what === 'health') {
            // A page that only says that it is there may be any text: a status is enough for some.
          } else if (PARTLY.has(fault)) expect(notesOf(answer.value).length, what).toBeGreaterThan(0)
          else expect(HARMLESS.has(fault) ? fault : `${fault}: ${what} was answered`).toBe(fault)
        }
      } finally {
        for (const client of clients) await client.close()
        await proxy.close()
      }
    })
  })
}
