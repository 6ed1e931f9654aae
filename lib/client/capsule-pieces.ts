/**
 * Pieces of an exported file: base64 in the page, gzip within, checked before use. Runs in the worker or in the page; not every browser
 * gives a page from disk its own SHA-256, so this one is a library's.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { fromBase64 } from '../base/base64.ts'
import { formatBytes } from '../base/format.ts'
import { fail, ok, type Result } from '../base/result.ts'
import type { PieceRef } from '../evidence/manifest.ts'
import type { PieceSource } from '../evidence/reader.ts'

/** The base64 text of a piece; undefined where the file does not hold it. */
export type PieceText = (sha256: string) => Promise<string | undefined>

const encoder = new TextEncoder()

/** Each piece is decoded when it is asked for; which of them are damaged is found piece by piece, and the others still open. */
export function pieceSource(textOf: PieceText): PieceSource {
  return async (piece) => {
    const text = await textOf(piece.sha256)
    if (text === undefined) return damaged(piece, 'is not in this file, which was cut off or changed')
    const base64 = encoder.encode(text.trim())
    const stored = fromBase64(base64, 0, base64.length)
    if (stored === undefined || stored.length !== piece.storedBytes)
      return damaged(piece, `does not have the ${formatBytes(piece.storedBytes)} it was written with`)
    if (bytesToHex(sha256(stored)) !== piece.sha256) return damaged(piece, 'does not match its checksum')
    return inflate(piece, stored)
  }
}

/** Stops beyond the stated size, so that a piece cannot fill the memory. */
async function inflate(piece: PieceRef, stored: Uint8Array<ArrayBuffer>): Promise<Result<Uint8Array<ArrayBuffer>>> {
  const out = new Uint8Array(piece.bytes)
  let at = 0
  const reader = new Blob([stored]).stream().pipeThrough(new DecompressionStream('gzip')).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      if (at + value.length > out.length) {
        await reader.cancel()
        return damaged(piece, `holds more than the ${formatBytes(piece.bytes)} it was written with`)
      }
      out.set(value, at)
      at += value.length
    }
  } catch {
    return damaged(piece, 'cannot be inflated')
  }
  return at === out.length ? ok(out) : damaged(piece, 'ends early')
}

function damaged<T>(piece: PieceRef, how: string): Result<T> {
  return fail(
    'unavailable',
    'this file',
    `The piece ${piece.sha256.slice(0, 12)} (${piece.format}) ${how}.`,
    'Everything else in the file still opens; for this piece, get a fresh copy of the file.',
  )
}
