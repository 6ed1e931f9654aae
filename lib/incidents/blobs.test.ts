import { readdirSync, readFileSync, statSync, truncateSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import type { PieceRef } from '../evidence/manifest.ts'
import { EvidenceStore, sha256 } from './blobs.ts'
import { fullAfter, hashesOf, temporaryFolder } from './incidents-fixture.ts'

const folders: (() => void)[] = []
afterEach(() => {
  for (const dispose of folders.splice(0)) dispose()
})

function opened(disk?: ConstructorParameters<typeof EvidenceStore>[1]) {
  const { folder, dispose } = temporaryFolder()
  folders.push(dispose)
  return { folder, store: new EvidenceStore(folder, disk) }
}

const BYTES = new TextEncoder().encode('minutes '.repeat(1_000))
const fileOf = (folder: string, piece: PieceRef) => join(folder, piece.sha256.slice(0, 2), piece.sha256)

async function withPiece() {
  const { folder, store } = opened()
  const batch = store.begin()
  const piece = await batch.put(BYTES, 'minutes@1')
  await batch.settle()
  batch.done()
  return { folder, store, piece, file: fileOf(folder, piece) }
}

test('a piece is named by the SHA-256 of its stored bytes and comes back as it was', async () => {
  const { store, piece, file } = await withPiece()
  expect(await sha256(new Uint8Array(readFileSync(file)))).toBe(piece.sha256)
  expect(piece).toMatchObject({ bytes: BYTES.byteLength, storedBytes: statSync(file).size, format: 'minutes@1' })
  const read = await store.piece(piece)
  expect(read.ok && read.value).toEqual(BYTES)
})

test('the same bytes are stored once and never written again', async () => {
  const { folder, store, piece, file } = await withPiece()
  utimesSync(file, 1, 1)
  const before = hashesOf(folder)
  const batch = store.begin()
  const [again, both] = await Promise.all([batch.put(BYTES, 'minutes@1'), batch.put(BYTES, 'minutes@1')])
  await batch.settle()
  batch.done()
  expect([again, both]).toEqual([piece, piece])
  expect(statSync(file).mtimeMs).toBe(1_000)
  expect(hashesOf(folder)).toEqual(before)
})

test.each<[string, (file: string) => void, RegExp]>([
  [
    'a bit has flipped',
    (file) => writeFileSync(file, flipped(readFileSync(file))),
    /have changed since they were written/,
  ],
  ['it was cut off', (file) => truncateSync(file, 10), /have changed/],
  ['it is empty', (file) => truncateSync(file, 0), /have changed/],
  ['it is gone', (file) => unlinkSync(file), /its file is gone/],
])('damage is named: %s', async (_, spoil, why) => {
  const { store, piece, file } = await withPiece()
  spoil(file)
  const read = await store.piece(piece, 'the minutes of guild 42')
  expect(read.ok || read.failure.what).toMatch(why)
  expect(read.ok || read.failure.what).toMatch(/^The minutes of guild 42 cannot be read: /)
})

test('inflating stops where the reference says', async () => {
  const { store } = opened()
  const batch = store.begin()
  const bomb = new Uint8Array(gzipSync(new Uint8Array(64 << 20)))
  const sha = await batch.putStored(bomb)
  const piece = { sha256: sha, storedBytes: bomb.byteLength, format: 'flame@1' } as const
  for (const [bytes, why] of [
    [1_000, /more than 1000 bytes/],
    [(64 << 20) + 1, /instead of the stated/],
    [2 ** 40, /more than any piece/],
    [-1, /more than any piece/],
  ] as const) {
    const read = await store.piece({ ...piece, bytes })
    expect(read.ok || read.failure.what).toMatch(why)
  }
})

test('a full disk throws what it says and leaves no file', async () => {
  const { folder, store } = opened(fullAfter(5))
  const batch = store.begin()
  await expect(batch.put(BYTES, 'minutes@1')).rejects.toThrow(/ENOSPC/)
  batch.done()
  expect(Object.keys(hashesOf(folder))).toEqual([])
})

test('what unfinished work relies on is not removed', async () => {
  const { folder, store, piece } = await withPiece()
  const batch = store.begin()
  batch.keep(piece.sha256)
  expect(store.remove(piece.sha256)).toBe(false)
  batch.done()
  expect(store.remove(piece.sha256)).toBe(true)
  expect(store.has(piece.sha256)).toBe(false)
  expect(readdirSync(folder)).toHaveLength(1)
})

function flipped(bytes: Buffer): Buffer {
  bytes[bytes.length >> 1] ^= 1
  return bytes
}
