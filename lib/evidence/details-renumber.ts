import type { ByteTable } from '../base/byte-interner.ts'
import { Uint32List } from '../base/lists.ts'
import { columnMajor } from './attribute-order.ts'
import type { DetailColumns } from './detail-columns.ts'

/** Columns of text numbers beside those of the attributes. */
export const TEXT_COLUMNS = [
  'statusMessage',
  'traceState',
  'scopeName',
  'scopeVersion',
  'eventName',
  'linkTrace',
  'linkSpan',
  'remark',
] as const

/**
 * Numbers the texts that are in use in the order of the attribute columns: what is alike then stands together. Texts that nothing points
 * to are gone afterwards.
 */
export function renumbered(columns: DetailColumns, table: ByteTable): DetailColumns {
  const { lists } = columns
  const place = columnMajor(lists)
  const inOrder = new Uint32Array(place.length)
  for (let v = 0; v < place.length; v++) inOrder[place[v]] = lists.values[v]
  const numberOf = new Uint32Array(table.size)
  const used = new Uint32List()
  used.push(0)
  const use = (ids: Uint32Array) => {
    for (const id of ids) {
      if (id === 0 || numberOf[id] !== 0) continue
      numberOf[id] = used.length
      used.push(id)
    }
  }
  for (const shape of lists.shapes) use(shape.keys)
  for (const name of TEXT_COLUMNS) use(columns[name])
  use(inOrder)
  const end = new Uint32Array(used.length)
  const order = used.toArray()
  let total = 0
  for (let t = 0; t < order.length; t++) {
    total += table.lengthOf(order[t])
    end[t] = total
  }
  const bytes = new Uint8Array(total)
  for (let t = 0, at = 0; t < order.length; t++) at = table.copy(order[t], bytes, at)
  const map = (ids: Uint32Array) => {
    for (let i = 0; i < ids.length; i++) ids[i] = numberOf[ids[i]]
  }
  for (const shape of lists.shapes) map(shape.keys)
  for (const name of TEXT_COLUMNS) map(columns[name])
  map(lists.values)
  return { ...columns, texts: { bytes, end } }
}
