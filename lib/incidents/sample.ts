/**
 * A random sample without replacement that anybody can draw again: of the ids, those with the smallest SHA-256 of seed and id. Every
 * subset of that size is equally likely, whatever the ids look like, and the order in which they were listed plays no part.
 */
import { createHash } from 'node:crypto'

/** At most `size` of `ids`, in the order of their draw: the first k of it are a random sample of k. */
export function drawSample(ids: readonly string[], size: number, seed: string): readonly string[] {
  return [...new Set(ids)]
    .map((id) => ({ id, key: createHash('sha256').update(`${seed} ${id}`).digest('hex') }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .slice(0, size)
    .map(({ id }) => id)
}
