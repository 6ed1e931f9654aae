import { readFileSync, statSync, truncateSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { PieceRef } from '../evidence/manifest.ts'
import { BlobFiles } from './blob-files.ts'
import { BYTES, blobContract } from './contract/blob-contract.ts'
import { fullAfter, hashesOf, temporaryFolder } from './incidents-fixture.ts'

const folders: (() => void)[] = []
afterEach(() => {
  for (const dispose of folders.splice(0)) dispose()
})

function opened(disk?: ConstructorParameters<typeof BlobFiles>[1]) {
  const { folder, dispose } = temporaryFolder()
  folders.push(dispose)
  return { folder, store: new BlobFiles(folder, disk) }
}

const fileOf = (folder: string, piece: PieceRef) => join(folder, piece.sha256.slice(0, 2), piece.sha256)

async function withPiece() {
  const { folder, store } = opened()
  const batch = store.begin()
  const piece = await batch.put(BYTES, 'minutes@1')
  await batch.settle()
  await batch.done()
  return { folder, store, piece, file: fileOf(folder, piece) }
}

test('the same bytes are stored once and never written again', async () => {
  const { folder, store, piece, file } = await withPiece()
  utimesSync(file, 1, 1)
  const before = hashesOf(folder)
  const batch = store.begin()
  const [again, both] = await Promise.all([batch.put(BYTES, 'minutes@1'), batch.put(BYTES, 'minutes@1')])
  await batch.settle()
  await batch.done()
  expect([again, both]).toEqual([piece, piece])
  expect(statSync(file).mtimeMs).toBe(1_000)
  expect(hashesOf(folder)).toEqual(before)
})

test('a full disk throws what it says and leaves no file', async () => {
  const { folder, store } = opened(fullAfter(5))
  const batch = store.begin()
  await expect(batch.put(BYTES, 'minutes@1')).rejects.toThrow(/ENOSPC/)
  await batch.done()
  expect(Object.keys(hashesOf(folder))).toEqual([])
})

blobContract(async () => {
  const { folder, dispose } = temporaryFolder()
  folders.push(dispose)
  const pathOf = (sha: string) => join(folder, sha.slice(0, 2), sha)
  const ways = {
    flip: (file: string) => writeFileSync(file, flipped(readFileSync(file))),
    cut: (file: string) => truncateSync(file, 10),
    empty: (file: string) => truncateSync(file, 0),
    gone: unlinkSync,
  }
  return {
    open: () => new BlobFiles(folder),
    spoil: async (sha, how) => ways[how](pathOf(sha)),
    kept: async () => Object.keys(hashesOf(folder)).map((name) => name.slice(3)),
    gone: /its file is gone/,
  }
})

function flipped(bytes: Buffer): Buffer {
  bytes[bytes.length >> 1] ^= 1
  return bytes
}
