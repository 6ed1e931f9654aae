import { fail, ok, type Result } from '../base/result.ts'

/**
 * The container: magic, version and a table of slabs, then the slabs, each 8-byte aligned. All numbers little-endian.
 *
 *   0  "GSTR"            8  total bytes  u32       16 + 16·k  kind u16 · encoding u8 · width u8
 *   4  version   u16    12  reserved     u32                  offset u32 · byte length u32 · reserved u32
 *   6  slabs     u16
 */
export const WIRE_VERSION = 1
const MAGIC = 0x52545347
const HEAD_BYTES = 16
const ENTRY_BYTES = 16
const MAX_SLABS = 64
const MAX_BYTES = 2 ** 32 - 1

export interface Slab {
  readonly kind: number
  readonly encoding: number
  /** Bytes a value takes; 0 where that says nothing. */
  readonly width: number
  readonly bytes: Uint8Array
}

/** `magic`: other formats use the same container under a mark of their own. */
export function packSlabs(slabs: readonly Slab[], magic = MAGIC): Uint8Array<ArrayBuffer> {
  let total = HEAD_BYTES + slabs.length * ENTRY_BYTES
  const offsets = slabs.map((slab) => {
    const offset = total
    total = aligned(total + slab.bytes.length)
    return offset
  })
  if (total > MAX_BYTES) throw new RangeError('A trace of more than 4 GiB cannot be encoded')
  const bytes = new Uint8Array(total)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setUint16(4, WIRE_VERSION, true)
  view.setUint16(6, slabs.length, true)
  view.setUint32(8, total, true)
  slabs.forEach((slab, k) => {
    const entry = HEAD_BYTES + k * ENTRY_BYTES
    view.setUint16(entry, slab.kind, true)
    view.setUint8(entry + 2, slab.encoding)
    view.setUint8(entry + 3, slab.width)
    view.setUint32(entry + 4, offsets[k], true)
    view.setUint32(entry + 8, slab.bytes.length, true)
    bytes.set(slab.bytes, offsets[k])
  })
  return bytes
}

export interface SlabTable {
  readonly totalBytes: number
  /** Slabs by kind; one that has not arrived yet (of a prefix) is in `pending` instead. */
  readonly slabs: ReadonlyMap<number, Slab>
  readonly pending: ReadonlySet<number>
}

/**
 * Reads head and table. Slabs are views into `bytes`, not copies. Undefined: `bytes` is too short even for the table.
 * Offsets and lengths are checked against the stated total, so a view never leaves the bytes.
 */
export function readTable(bytes: Uint8Array, magic = MAGIC): Result<SlabTable | undefined> {
  if (bytes.length < HEAD_BYTES) return ok(undefined)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0, true) !== magic) return broken('does not start with the format’s mark')
  const version = view.getUint16(4, true)
  if (version > WIRE_VERSION)
    return fail(
      'unavailable',
      'trace format',
      `The trace came in format version ${version}; this page reads up to version ${WIRE_VERSION}.`,
      'Reload the page: the server is newer than it.',
    )
  if (version === 0) return broken('states version 0')
  const count = view.getUint16(6, true)
  const totalBytes = view.getUint32(8, true)
  const tableEnd = HEAD_BYTES + count * ENTRY_BYTES
  if (count > MAX_SLABS) return broken(`lists ${count} slabs`)
  if (bytes.length > totalBytes) return broken('is longer than it states')
  if (tableEnd > totalBytes) return broken('has a table longer than itself')
  if (bytes.length < tableEnd) return ok(undefined)
  const slabs = new Map<number, Slab>()
  const pending = new Set<number>()
  for (let entry = HEAD_BYTES; entry < tableEnd; entry += ENTRY_BYTES) {
    const kind = view.getUint16(entry, true)
    const offset = view.getUint32(entry + 4, true)
    const length = view.getUint32(entry + 8, true)
    if (offset % 8 !== 0 || offset < tableEnd || offset + length > totalBytes)
      return broken(`has slab ${kind} outside of itself`)
    if (slabs.has(kind) || pending.has(kind)) return broken(`has slab ${kind} twice`)
    if (offset + length > bytes.length) pending.add(kind)
    else
      slabs.set(kind, {
        kind,
        encoding: view.getUint8(entry + 2),
        width: view.getUint8(entry + 3),
        bytes: bytes.subarray(offset, offset + length),
      })
  }
  return ok({ totalBytes, slabs, pending })
}

/** The failure for bytes that are not what they should be. */
export function broken<T = never>(what: string): Result<T> {
  return fail(
    'unavailable',
    'trace format',
    `The trace cannot be read: its data ${what}.`,
    'Load it again; if that does not help, the answer was damaged on its way.',
  )
}

function aligned(offset: number): number {
  return Math.ceil(offset / 8) * 8
}
