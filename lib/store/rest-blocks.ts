import { promisify } from 'node:util'
import { deflateRaw, inflateRaw } from 'node:zlib'

/** Spans per block: one block is read and inflated to show one span's attributes. */
export const BLOCK_SPANS = 2048
/** A block is closed early at so many bytes. */
const BLOCK_BYTES = 1 << 20

const deflate = promisify(deflateRaw)
const inflate = promisify(inflateRaw)
/** A block inflates in one or two steps: each costs a hop to another thread and back. */
const INFLATED_CHUNK = 512 * 1024

export interface RestBlocks {
  readonly firstRow: Uint32Array<ArrayBuffer>
  readonly rowCount: Uint32Array<ArrayBuffer>
  readonly bodies: readonly Uint8Array[]
}

/** Where the rest of each row comes from: bytes[start .. end). */
export interface RestSource {
  readonly rest: Uint8Array
  readonly restEnd: Uint32Array
}

/**
 * Packs the rests of rows in row order: `sources[sourceOf[row]]`, span `indexOf[row]`. A block is, deflated, the lengths of its
 * rests as u32 and then their bytes.
 */
export async function packBlocks(
  sources: readonly RestSource[],
  sourceOf: Uint32Array,
  indexOf: Uint32Array,
  firstRow: number,
): Promise<RestBlocks> {
  const firsts: number[] = []
  const counts: number[] = []
  const bodies: Promise<Uint8Array>[] = []
  const rows = indexOf.length
  let from = 0
  while (from < rows) {
    let bytes = 0
    let to = from
    while (to < rows && to - from < BLOCK_SPANS && bytes < BLOCK_BYTES)
      bytes += restLength(sources[sourceOf[to]], indexOf[to++])
    const body = new Uint8Array(4 * (to - from) + bytes)
    const lengths = new Uint32Array(body.buffer, 0, to - from)
    let at = 4 * (to - from)
    for (let row = from; row < to; row++) {
      const source = sources[sourceOf[row]]
      const i = indexOf[row]
      const start = i === 0 ? 0 : source.restEnd[i - 1]
      const length = source.restEnd[i] - start
      lengths[row - from] = length
      body.set(source.rest.subarray(start, start + length), at)
      at += length
    }
    firsts.push(firstRow + from)
    counts.push(to - from)
    bodies.push(deflate(body, { level: 1 }))
    from = to
  }
  return { firstRow: Uint32Array.from(firsts), rowCount: Uint32Array.from(counts), bodies: await Promise.all(bodies) }
}

function restLength(source: RestSource, i: number): number {
  return source.restEnd[i] - (i === 0 ? 0 : source.restEnd[i - 1])
}

/** The rests of a block: `rest` with `restEnd` per row of the block. */
export async function unpackBlock(body: Uint8Array, rows: number): Promise<RestSource> {
  const bytes = new Uint8Array(await inflate(body, { chunkSize: INFLATED_CHUNK }))
  const lengths = new Uint32Array(bytes.buffer, 0, rows)
  const restEnd = new Uint32Array(rows)
  let end = 0
  for (let i = 0; i < rows; i++) {
    end += lengths[i]
    restEnd[i] = end
  }
  return { rest: bytes.subarray(rows * 4), restEnd }
}
