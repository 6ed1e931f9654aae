import type { ByteTable } from '../../base/byte-interner.ts'
import { growU8 } from '../../base/growable.ts'
import type { ProtoReader } from './proto-reader.ts'

/** Bytes of the smallest span that can be valid: a trace id and a span id with their tags and lengths. */
const SMALLEST_SPAN = 16 + 2 + 8 + 2

/**
 * How many spans of a request (ResourceSpans → ScopeSpans → Span) can be valid at most. Steps over their contents, so it costs next to
 * nothing. `reader.bad` afterwards: the request is garbled.
 */
export function countSpans(reader: ProtoReader): number {
  let spans = 0
  const whole = reader.end
  while (reader.pos < whole) {
    const tag = reader.tag()
    if (tag !== 0x0a) {
      reader.skip(tag)
      continue
    }
    const resourceEnd = reader.length() + reader.pos
    reader.end = resourceEnd
    while (reader.pos < resourceEnd) {
      const inner = reader.tag()
      if (inner !== 0x12) {
        reader.skip(inner)
        continue
      }
      const scopeEnd = reader.length() + reader.pos
      reader.end = scopeEnd
      while (reader.pos < scopeEnd) {
        const innermost = reader.tag()
        if (innermost === 0x12) {
          const length = reader.length()
          if (length >= SMALLEST_SPAN) spans++
          reader.pos += length
        } else reader.skip(innermost)
      }
      reader.end = resourceEnd
    }
    reader.end = whole
  }
  return spans
}

/**
 * Finds the message in field 1 among the fields in [from, to), and gives its id in `table` (0 where there is none). A message that stands
 * there in several pieces is one message: protobuf merges them, and merging encoded messages is putting one after the other. `read` is
 * called at the beginning of each piece with its end.
 */
export function fieldOne(
  reader: ProtoReader,
  table: ByteTable,
  from: number,
  to: number,
  read?: (to: number) => void,
): number {
  const { bytes } = reader
  let pieces = 0
  let first = 0
  let last = 0
  let joined = new Uint8Array(0)
  let joinedLength = 0
  reader.pos = from
  while (reader.pos < to) {
    const tag = reader.tag()
    if (tag !== 0x0a) {
      reader.skip(tag)
      continue
    }
    const length = reader.length()
    const start = reader.pos
    const end = start + length
    if (pieces++ === 0) {
      first = start
      last = end
    } else {
      if (pieces === 2) {
        joined = bytes.slice(first, last)
        joinedLength = joined.length
      }
      joined = growU8(joined, joinedLength + length)
      joined.set(bytes.subarray(start, end), joinedLength)
      joinedLength += length
    }
    read?.(end)
    reader.pos = end
  }
  return pieces > 1 ? table.id(joined, 0, joinedLength) : table.id(bytes, first, last)
}
