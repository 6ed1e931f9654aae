/** What a store of frozen pieces must do wherever it keeps them. */
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { PieceRef } from '../../evidence/manifest.ts'
import { type EvidenceStore, sha256 } from '../blobs.ts'
import { must } from './log-contract.ts'

export interface BlobsUnderTest {
  /** Over the same storage each time: a restart, or another copy. */
  open(): EvidenceStore
  /** Spoils what is kept of a piece, as only a broken disk would. */
  spoil(sha: string, how: 'flip' | 'cut' | 'empty' | 'gone'): Promise<void>
  /** SHA-256s that are kept, each once. */
  kept(): Promise<readonly string[]>
  /** Which words say that it is gone. */
  readonly gone: RegExp
}

export const BYTES = new TextEncoder().encode('minutes '.repeat(1_000))

/** Defines the tests; `begin` gives an empty storage. */
export function blobContract(begin: () => Promise<BlobsUnderTest>): void {
  const withPiece = async () => {
    const storage = await begin()
    const store = storage.open()
    const batch = store.begin()
    const piece = await batch.put(BYTES, 'minutes@1')
    await batch.settle()
    await batch.done()
    return { storage, store, piece }
  }
  const nothing = async () => new Set<string>()

  test('a piece is named by the SHA-256 of its stored bytes and comes back as it was', async () => {
    const { storage, piece } = await withPiece()
    const store = storage.open()
    const stored = must(await store.stored(piece.sha256, 'it'))
    expect(await sha256(stored)).toBe(piece.sha256)
    expect(piece).toMatchObject({ bytes: BYTES.byteLength, storedBytes: stored.byteLength, format: 'minutes@1' })
    expect(must(await store.piece(piece))).toEqual(BYTES)
    expect(await store.has(piece.sha256)).toBe(true)
    expect(await store.has('0'.repeat(64))).toBe(false)
  })

  test('a large piece of any bytes comes back as it was', async () => {
    const { store, storage } = await withPiece()
    let state = 1
    const bytes = Uint8Array.from({ length: 9_500_000 }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) | 0
      return state >>> 16
    })
    const batch = store.begin()
    const piece = await batch.put(bytes, 'trace@1')
    await batch.settle()
    await batch.done()
    expect(piece.storedBytes).toBeGreaterThan(9_000_000)
    const read = must(await storage.open().piece(piece))
    expect(Buffer.compare(read, bytes)).toBe(0)
    expect(must(await store.faults([piece], () => 'it')).size).toBe(0)
  })

  test('the same bytes are one piece, whoever writes them', async () => {
    const { storage, store, piece } = await withPiece()
    const batch = store.begin()
    const [again, both] = await Promise.all([batch.put(BYTES, 'minutes@1'), batch.put(BYTES, 'minutes@1')])
    await batch.settle()
    await batch.done()
    expect([again, both]).toEqual([piece, piece])
    expect(await storage.kept()).toEqual([piece.sha256])
  })

  test.each([
    ['a bit has flipped', 'flip', /have changed since they were written/],
    ['it was cut off', 'cut', /have changed/],
    ['it is empty', 'empty', /have changed/],
    ['it is gone', 'gone', undefined],
  ] as const)('damage is named: %s', async (_, how, why) => {
    const { storage, piece } = await withPiece()
    await storage.spoil(piece.sha256, how)
    const store = storage.open()
    const read = await store.piece(piece, 'the minutes of guild 42')
    expect(read.ok || read.failure.what).toMatch(why ?? storage.gone)
    expect(read.ok || read.failure.what).toMatch(/^The minutes of guild 42 cannot be read: /)
    const faults = must(await store.faults([piece], () => 'the minutes of guild 42'))
    expect([...faults]).toEqual([[piece.sha256, read.ok ? '' : read.failure.what]])
    // Written again where it is looked at, it is whole.
    const batch = store.begin()
    await batch.putStored(new Uint8Array(gzipSync(BYTES, { level: 6 })), true)
    await batch.settle()
    await batch.done()
    expect((await store.piece({ ...piece })).ok).toBe(true)
    expect(must(await store.faults([piece], () => 'it')).size).toBe(0)
  })

  test('inflating stops where the reference says', async () => {
    const { store } = await withPiece()
    const batch = store.begin()
    const bomb = new Uint8Array(gzipSync(new Uint8Array(64 << 20)))
    const sha = await batch.putStored(bomb)
    await batch.settle()
    const piece: Omit<PieceRef, 'bytes'> = { sha256: sha, storedBytes: bomb.byteLength, format: 'flame@1' }
    for (const [bytes, why] of [
      [1_000, /more than 1000 bytes/],
      [(64 << 20) + 1, /instead of the stated/],
      [2 ** 40, /more than any piece/],
      [-1, /more than any piece/],
    ] as const) {
      const read = await store.piece({ ...piece, bytes })
      expect(read.ok || read.failure.what).toMatch(why)
    }
    await batch.drop()
  })

  test('what came to nothing leaves nothing', async () => {
    const { storage, store, piece } = await withPiece()
    const batch = store.begin()
    await batch.putStored(new Uint8Array(gzipSync('in vain')))
    await batch.settle()
    expect(await storage.kept()).toHaveLength(2)
    await batch.drop()
    expect(await storage.kept()).toEqual([piece.sha256])
  })

  test('what unfinished work relies on is not removed; what a log names is not; the rest is, at once', async () => {
    const { storage, store, piece } = await withPiece()
    const all = new Set([piece.sha256])
    const batch = store.begin()
    await batch.put(BYTES, 'minutes@1')
    await batch.settle()
    await store.removeUnneeded(all, nothing)
    expect(await store.has(piece.sha256)).toBe(true)
    await batch.done()
    expect(await store.removeUnneeded(all, async () => all)).toBe(0)
    expect(await store.removeUnneeded(all, async () => undefined)).toBe(0)
    expect(await store.has(piece.sha256)).toBe(true)
    expect(await store.removeUnneeded(all, nothing)).toBe(1)
    expect(await store.has(piece.sha256)).toBe(false)
    expect(await storage.kept()).toEqual([])
  })

  test('a sweep takes nothing that is young', async () => {
    const { store, piece } = await withPiece()
    expect(await store.sweep(nothing)).toBe(0)
    expect(await store.has(piece.sha256)).toBe(true)
  })
}
