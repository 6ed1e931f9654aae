import type { Duplex, Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import * as zlib from 'node:zlib'

/** What we say we can read: zstd where this Node can. */
export const ACCEPT_ENCODING = `gzip, deflate, br${'createZstdDecompress' in zlib ? ', zstd' : ''}`

const CHUNK = { chunkSize: 65_536 }

function decompressor(encoding: string): Duplex | undefined {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip(CHUNK)
    case 'deflate':
      return zlib.createInflate(CHUNK)
    case 'br':
      return zlib.createBrotliDecompress(CHUNK)
    case 'zstd':
      return 'createZstdDecompress' in zlib && typeof zlib.createZstdDecompress === 'function'
        ? zlib.createZstdDecompress(CHUNK)
        : undefined
    default:
      return undefined
  }
}

/**
 * The body as it was before it was compressed; undefined where we cannot read the encoding. Nothing is decompressed before it is taken,
 * so a small answer that unfolds into gigabytes costs one chunk at a time.
 */
export function decompressed(body: Readable, contentEncoding: string | undefined): Readable | undefined {
  const encodings = (contentEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '' && each !== 'identity')
  // One layer is what servers send; more is a trick.
  if (encodings.length > 1) return undefined
  const [encoding] = encodings
  if (encoding === undefined) return body
  const through = decompressor(encoding)
  if (through === undefined) return undefined
  // The error reaches whoever reads `through`.
  return pipeline(body, through, () => {})
}
