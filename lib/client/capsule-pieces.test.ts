import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { PieceRef } from '../evidence/manifest.ts'
import { pieceSource } from './capsule-pieces.ts'

const plain = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) & 255)
const stored = gzipSync(plain)
const ref = (of: Uint8Array, bytes: number): PieceRef => ({
  sha256: createHash('sha256').update(of).digest('hex'),
  storedBytes: of.length,
  bytes,
  format: 'minutes@1',
})
const reading = (text: string | undefined) => pieceSource(async () => text)

describe('pieceSource', () => {
  it('gives the inflated bytes of a whole piece', async () => {
    const read = await reading(stored.toString('base64'))(ref(stored, plain.length))
    expect(read.ok && Buffer.from(read.value).equals(plain)).toBe(true)
  })

  it('names a piece that is missing, changed, cut off or no base64', async () => {
    const changed = Buffer.from(stored)
    changed[100] ^= 1
    for (const text of [
      undefined,
      changed.toString('base64'),
      stored.subarray(0, 50).toString('base64'),
      'not base64!',
    ])
      expect(await reading(text)(ref(stored, plain.length))).toMatchObject({
        ok: false,
        failure: { source: 'this file', what: expect.stringContaining(ref(stored, 0).sha256.slice(0, 12)) },
      })
  })

  it('does not inflate beyond what the manifest states', async () => {
    const bomb = gzipSync(new Uint8Array(50_000_000))
    const read = await reading(bomb.toString('base64'))(ref(bomb, 1_000))
    expect(read).toMatchObject({ ok: false, failure: { what: expect.stringContaining('holds more than') } })
    const short = await reading(stored.toString('base64'))(ref(stored, plain.length + 1))
    expect(short).toMatchObject({ ok: false, failure: { what: expect.stringContaining('ends early') } })
  })

  it('refuses bytes that are no gzip though their checksum is right', async () => {
    const raw = Buffer.from('hello, this is not gzip')
    const read = await reading(raw.toString('base64'))(ref(raw, 23))
    expect(read).toMatchObject({ ok: false, failure: { what: expect.stringContaining('cannot be inflated') } })
  })
})
