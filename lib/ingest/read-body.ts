import { once } from 'node:events'
import { createGunzip, type Gunzip } from 'node:zlib'
import { formatBytes } from '../base/format.ts'
import type { ByteBudget } from './budget.ts'

/** Why a request was not even decoded: an HTTP status and a sentence. */
export interface Refusal {
  readonly status: 400 | 404 | 405 | 413 | 415 | 500 | 503
  readonly sentence: string
  /** Seconds after which to come again. */
  readonly retryAfter?: number
}

export interface BodyLimits {
  /** Bytes after decompression. */
  readonly maxBytes: number
  readonly budget: ByteBudget
}

export type ReadBody =
  | {
      readonly ok: true
      /** Owns its whole buffer, so that it can be transferred. */
      readonly body: Uint8Array<ArrayBuffer>
      /** Gives the body's bytes back to the budget; call it once the store has answered. */
      readonly release: () => void
    }
  | { readonly ok: false; readonly refusal: Refusal }

/** Output of the decompressor a step: each step costs a trip to a thread, each idle connection a buffer of this size. */
const GUNZIP_CHUNK = 128 * 1024

/**
 * Reads a request's body, decompressed. The limits are checked with every chunk, before and after decompression, so neither a gzip bomb nor
 * an endless body costs more memory than they allow. Decompression runs in Node's thread pool.
 *
 * A body that is refused is still read to its end (at most `maxBytes` more): most clients only look at the answer after they have sent
 * everything.
 */
export async function readBody(
  source: AsyncIterable<Uint8Array>,
  headers: { readonly contentEncoding?: string; readonly contentLength?: string },
  limits: BodyLimits,
): Promise<ReadBody> {
  const encoding = (headers.contentEncoding ?? 'identity').trim().toLowerCase()
  if (encoding !== 'identity' && encoding !== 'gzip' && encoding !== '') {
    const sentence = `Content-Encoding ${encoding.slice(0, 40)} is not supported; send gzip, or no compression.`
    return { ok: false, refusal: { status: 415, sentence } }
  }
  const sink = new Sink(limits)
  if (encoding !== 'gzip' && Number(headers.contentLength ?? 0) > limits.maxBytes) sink.refuse(tooLarge(limits))
  try {
    await (encoding === 'gzip' ? gunzipInto(sink, source, limits) : copyInto(sink, source, limits))
  } catch (error) {
    // The connection broke: nobody is there to read the answer, but the budget must get its bytes back.
    sink.refuse({ status: 400, sentence: `The body ended early: ${error instanceof Error ? error.message : error}.` })
  }
  return sink.finish()
}

function tooLarge(limits: BodyLimits): Refusal {
  return {
    status: 413,
    sentence: `The body is larger than ${formatBytes(limits.maxBytes)} after decompression; send smaller batches.`,
  }
}

/** Collects chunks until something is refused. */
class Sink {
  private readonly limits: BodyLimits
  private chunks: Uint8Array[] = []
  private total = 0
  refusal: Refusal | undefined

  constructor(limits: BodyLimits) {
    this.limits = limits
  }

  refuse(refusal: Refusal): void {
    this.refusal ??= refusal
    this.limits.budget.give(this.total)
    this.total = 0
    this.chunks = []
  }

  push(chunk: Uint8Array): void {
    if (this.refusal !== undefined) return
    if (this.total + chunk.length > this.limits.maxBytes) {
      this.refuse(tooLarge(this.limits))
    } else if (this.limits.budget.take(chunk.length)) {
      this.total += chunk.length
      this.chunks.push(chunk)
    } else {
      const sentence = 'Too many requests are being written at once; try again in a second.'
      this.refuse({ status: 503, sentence, retryAfter: 1 })
    }
  }

  finish(): ReadBody {
    if (this.refusal !== undefined) return { ok: false, refusal: this.refusal }
    const { total } = this
    const body = new Uint8Array(total)
    let at = 0
    for (const chunk of this.chunks) {
      body.set(chunk, at)
      at += chunk.length
    }
    this.chunks = []
    // Once the body is transferred, its length is 0: only `total` knows.
    return { ok: true, body, release: () => this.limits.budget.give(total) }
  }
}

async function copyInto(sink: Sink, source: AsyncIterable<Uint8Array>, limits: BodyLimits): Promise<void> {
  let read = 0
  for await (const chunk of source) {
    read += chunk.length
    sink.push(chunk)
    if (read > 2 * limits.maxBytes) return
  }
}

async function gunzipInto(sink: Sink, source: AsyncIterable<Uint8Array>, limits: BodyLimits): Promise<void> {
  const gunzip = createGunzip({ chunkSize: GUNZIP_CHUNK })
  const ended = new Promise<void>((resolve) => {
    gunzip.on('data', (chunk: Uint8Array) => {
      // A chunk can be a small piece of a large buffer; keep the piece only.
      sink.push(chunk.length < GUNZIP_CHUNK / 2 ? chunk.slice() : chunk)
      if (sink.refusal !== undefined) gunzip.destroy()
    })
    gunzip.on('error', (error) => {
      sink.refuse({ status: 400, sentence: `The body is not valid gzip: ${error.message}.` })
    })
    gunzip.on('close', () => resolve())
    gunzip.on('end', () => resolve())
  })
  let read = 0
  try {
    for await (const chunk of source) {
      read += chunk.length
      if (read > 2 * limits.maxBytes) break
      // Compressed data beyond the limit cannot hold anything new; empty gzip members could go on forever.
      if (read > limits.maxBytes + GUNZIP_CHUNK) sink.refuse(tooLarge(limits))
      if (sink.refusal === undefined && !gunzip.destroyed) await write(gunzip, chunk)
    }
    if (sink.refusal !== undefined || gunzip.destroyed) return
    gunzip.end()
    await ended
  } finally {
    gunzip.destroy()
  }
}

async function write(gunzip: Gunzip, chunk: Uint8Array): Promise<void> {
  if (gunzip.write(chunk)) return
  const settled = new AbortController()
  const { signal } = settled
  try {
    // An error is the listener's to report; here it only ends the wait.
    await Promise.race([once(gunzip, 'drain', { signal }), once(gunzip, 'close', { signal })]).catch(() => undefined)
  } finally {
    settled.abort()
  }
}
