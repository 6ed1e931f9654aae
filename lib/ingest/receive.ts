import { type Failure, type Result, statusOf } from '../base/result.ts'
import type { EmbeddedStore, IngestAnswer } from '../store/types.ts'
import { type Answer, type Encoding, reasonText, refusalAnswer, timingsAnswer, tracesAnswer } from './answers.ts'
import { type ByteBudget, MAX_BODY_BYTES } from './budget.ts'
import { type Refusal, readBody } from './read-body.ts'
import type { ReceiverMeter } from './status.ts'

/** What the receivers need of the store. */
export type IngestStore = Pick<EmbeddedStore, 'ingestTraces' | 'ingestTimings'>

/** A request as any HTTP server can hand it over. */
export interface Incoming {
  readonly method: string
  /** Path without the query. */
  readonly path: string
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  readonly contentLength: string | undefined
  readonly body: AsyncIterable<Uint8Array>
}

export interface Receiving {
  readonly store: IngestStore
  readonly budget: ByteBudget
  readonly meter: ReceiverMeter
}

const OTHER_SIGNALS: Readonly<Record<string, string>> = {
  '/v1/metrics': 'OTEL_METRICS_EXPORTER',
  '/v1/logs': 'OTEL_LOGS_EXPORTER',
}

/** Takes one HTTP request to wherever its path says. Never throws: what goes wrong is an answer. */
export async function receive(incoming: Incoming, receiving: Receiving): Promise<Answer> {
  const path = incoming.path.replace(/\/+$/, '')
  if (path !== '/v1/traces' && path !== '/v1/timings') {
    const variable = OTHER_SIGNALS[path]
    const sentence =
      variable === undefined
        ? 'There is nothing here. POST OTLP traces to /v1/traces, guild timings to /v1/timings.'
        : `Guildscope takes traces and guild timings only. Switch this exporter off with ${variable}=none, or send it elsewhere.`
    return refusalAnswer({ status: 404, sentence }, spoken(incoming))
  }
  if (incoming.method !== 'POST') {
    const sentence = `${path} takes POST requests only; guild timings are read at /api/timings/guilds, traces at /api/traces.`
    return refusalAnswer({ status: 405, sentence }, spoken(incoming))
  }
  return path === '/v1/traces' ? await receiveTraces(incoming, receiving) : await receiveTimings(incoming, receiving)
}

async function receiveTraces(incoming: Incoming, receiving: Receiving): Promise<Answer> {
  const media = mediaTypeOf(incoming)
  const encoding =
    media === 'application/x-protobuf' || media === 'application/protobuf'
      ? 'protobuf'
      : media === 'application/json'
        ? 'json'
        : undefined
  if (encoding === undefined) {
    const sentence = `Content-Type ${shown(media)} is not OTLP; send application/x-protobuf or application/json.`
    receiving.meter.refused(sentence)
    return refusalAnswer({ status: 415, sentence }, 'json')
  }
  const outcome = await stored(incoming, receiving, 'span', (body) => receiving.store.ingestTraces(body, encoding))
  return outcome.ok ? tracesAnswer(outcome.value, encoding) : refusalAnswer(outcome.refusal, encoding)
}

const TIMINGS_FORMATS: Readonly<Record<string, 'json' | 'ndjson'>> = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
}

async function receiveTimings(incoming: Incoming, receiving: Receiving): Promise<Answer> {
  const media = mediaTypeOf(incoming)
  const format = Object.hasOwn(TIMINGS_FORMATS, media) ? TIMINGS_FORMATS[media] : undefined
  if (format === undefined) {
    const sentence = `Content-Type ${shown(media)} is not JSON; send application/json or application/x-ndjson.`
    receiving.meter.refused(sentence)
    return refusalAnswer({ status: 415, sentence }, 'json')
  }
  const outcome = await stored(incoming, receiving, 'sample', (body) => receiving.store.ingestTimings(body, format))
  return outcome.ok ? timingsAnswer(outcome.value) : refusalAnswer(outcome.refusal, 'json')
}

type Outcome = { readonly ok: true; readonly value: IngestAnswer } | { readonly ok: false; readonly refusal: Refusal }

/** Reads the body, hands it to the store, and waits until it is on disk. */
async function stored(
  incoming: Incoming,
  receiving: Receiving,
  noun: string,
  ingest: (body: Uint8Array<ArrayBuffer>) => Promise<Result<IngestAnswer>>,
): Promise<Outcome> {
  const { meter, budget } = receiving
  const read = await readBody(incoming.body, incoming, { maxBytes: MAX_BODY_BYTES, budget })
  if (!read.ok) {
    meter.refused(read.refusal.sentence)
    return read
  }
  const bytes = read.body.length
  meter.received(bytes)
  try {
    const result = await ingest(read.body)
    if (!result.ok) {
      meter.refused(result.failure.what)
      return { ok: false, refusal: refusalOf(result.failure) }
    }
    meter.answered(result.value.accepted, result.value.rejected, reasonText(result.value, noun) || undefined)
    return { ok: true, value: result.value }
  } catch (error) {
    const sentence = `The store failed: ${error instanceof Error ? error.message : String(error)}.`
    meter.refused(sentence)
    return { ok: false, refusal: { status: 500, sentence } }
  } finally {
    read.release()
  }
}

/** A failure of the store as an HTTP refusal. OTLP clients try again on 503 only, so what can pass is a 503. */
export function refusalOf(failure: Failure): Refusal {
  const sentence = `${failure.what} ${failure.tryThis}`.trim()
  const status = statusOf(failure.kind)
  if (status === 400 || status === 413) return { status, sentence }
  return { status: 503, sentence, retryAfter: failure.kind === 'busy' ? 1 : 5 }
}

function mediaTypeOf(incoming: Incoming): string {
  return (incoming.contentType ?? '').split(';', 1)[0].trim().toLowerCase()
}

function shown(media: string): string {
  return media === '' ? '(none)' : `"${media.slice(0, 60)}"`
}

function spoken(incoming: Incoming): Encoding {
  return mediaTypeOf(incoming).endsWith('protobuf') ? 'protobuf' : 'json'
}
