import { type AttributeLists, type AttributeShape, TYPES } from './detail-columns.ts'

/** First value of each list, and one past the last. */
export function listOffsets(shapes: readonly AttributeShape[], shapeOf: Uint32Array): Uint32Array<ArrayBuffer> {
  const from = new Uint32Array(shapeOf.length + 1)
  for (let l = 0; l < shapeOf.length; l++) from[l + 1] = from[l] + shapes[shapeOf[l]].keys.length
  return from
}

/**
 * Where each value (in order of lists) goes when values of one key and type stand together: those are alike, and compress.
 *
 *   lists  (guild=1, depth=70) (guild=1, depth=71)   →   guild: 1 1   depth: 70 71   →   places 0 2 1 3
 */
export function columnMajor({ shapes, shapeOf }: Pick<AttributeLists, 'shapes' | 'shapeOf'>): Uint32Array<ArrayBuffer> {
  const columns = new Map<number, number>()
  const columnsOf = shapes.map(({ keys, types }) =>
    Uint32Array.from(keys, (key, k) => {
      const pair = key * TYPES.length + types[k]
      const column = columns.get(pair) ?? columns.size
      columns.set(pair, column)
      return column
    }),
  )
  const next = new Uint32Array(columns.size + 1)
  let total = 0
  for (const shape of shapeOf) {
    for (const column of columnsOf[shape]) next[column + 1]++
    total += columnsOf[shape].length
  }
  for (let c = 1; c < next.length; c++) next[c] += next[c - 1]
  const place = new Uint32Array(total)
  let v = 0
  for (const shape of shapeOf) for (const column of columnsOf[shape]) place[v++] = next[column]++
  return place
}
