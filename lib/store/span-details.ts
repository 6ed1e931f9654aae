import { upperBound } from '../base/bisect.ts'
import { bigIntToSpanId } from '../base/ids.ts'
import { decodeSpanRest } from '../model/otlp/details.ts'
import type { SpanDetails } from '../model/span-columns.ts'
import type { DuckConnection } from './duck.ts'
import { BLOCK_SPANS, unpackBlock } from './rest-blocks.ts'
import { SliceStrings } from './slice-strings.ts'
import type { Places } from './trace-reader.ts'
import { add, wordsOf } from './words.ts'

const EMPTY = new Uint8Array(0)

/** One span in full. `index` is below `places.count`. */
export async function readDetails(
  connection: DuckConnection,
  traceId: string,
  places: Places,
  index: number,
): Promise<SpanDetails | undefined> {
  const at = places.order[index]
  const slice = places.slices[upperBound(places.sliceEnd, at)]
  const row = places.sourceRow[at]
  if (slice === undefined || !slice.attached) return undefined
  const { texts } = await SliceStrings.of(connection, slice)
  const { catalog } = slice
  let span:
    | { id: bigint; parent: bigint; start: bigint; end: bigint; name: string; resource: number; scope: number }
    | undefined
  const columns = 'span_id, parent_id, start_ns, duration_ns, name, resource, scope'
  await connection.stream(
    `SELECT ${columns} FROM ${catalog}.spans WHERE row = ${row}`,
    ['u64', 'u64', 'u64', 'u64', 'u32', 'u32', 'u32'],
    (chunk) => {
      const end = new BigUint64Array(1)
      add(wordsOf(end), 0, chunk.words(2), chunk.words(3), 0)
      span = {
        id: chunk.u64(0)[0],
        parent: chunk.u64(1)[0],
        start: chunk.u64(2)[0],
        end: end[0],
        name: texts[chunk.u32(4)[0]],
        resource: chunk.u32(5)[0],
        scope: chunk.u32(6)[0],
      }
      return false
    },
  )
  if (span === undefined) return undefined
  const bodies = new Map<number, Uint8Array>()
  await connection.stream(
    `SELECT id, body FROM ${catalog}.contexts WHERE id IN (${span.resource}, ${span.scope})`,
    ['u32', 'blob'],
    (chunk) => {
      for (let i = 0; i < chunk.rows; i++) bodies.set(chunk.u32(0)[i], chunk.blob(1, i))
      return true
    },
  )
  const rest = await restOf(connection, catalog, row)
  const { id, parent } = span
  return decodeSpanRest(rest, bodies.get(span.resource) ?? EMPTY, bodies.get(span.scope) ?? EMPTY, {
    traceId,
    spanId: bigIntToSpanId(id),
    ordinal: places.ordinals.get(index) ?? 0,
    ...(parent === 0n ? {} : { parentSpanId: bigIntToSpanId(parent) }),
    name: span.name,
    startUnixNano: String(span.start),
    endUnixNano: String(span.end),
  })
}

async function restOf(connection: DuckConnection, catalog: string, row: number): Promise<Uint8Array> {
  let found: { first: number; count: number; body: Uint8Array } | undefined
  await connection.stream(
    `SELECT first_row, row_count, body FROM ${catalog}.blocks WHERE first_row BETWEEN ${Math.max(0, row - BLOCK_SPANS + 1)} AND ${row}`,
    ['u32', 'u32', 'blob'],
    (chunk) => {
      for (let i = 0; i < chunk.rows; i++) {
        const first = chunk.u32(0)[i]
        const count = chunk.u32(1)[i]
        if (row >= first && row < first + count) found = { first, count, body: chunk.blob(2, i) }
      }
      return true
    },
  )
  if (found === undefined) return EMPTY
  const { rest, restEnd } = await unpackBlock(found.body, found.count)
  const i = row - found.first
  return rest.subarray(i === 0 ? 0 : restEnd[i - 1], restEnd[i])
}
