import { formatExact } from '../base/format.ts'
import type { Forest } from './build-tree.ts'
import { FLAG } from './span-columns.ts'

/** Guilds that spans name, most frequent first. `guildId`: per span, an index into `guilds`, whose entry 0 is none. */
export function guildsOf(
  guildId: Uint32Array,
  guilds: readonly string[],
  nameOf: (guild: string) => string | undefined,
): { id: string; name?: string }[] {
  const counts = new Float64Array(guilds.length)
  for (let i = 0; i < guildId.length; i++) counts[guildId[i]]++
  const ids = [...counts.keys()].filter((id) => id !== 0 && counts[id] > 0).sort((a, b) => counts[b] - counts[a])
  return ids.map((id) => {
    const name = nameOf(guilds[id])
    return name === undefined ? { id: guilds[id] } : { id: guilds[id], name }
  })
}

/** The guild that each span of a forest works for: its own, else that of the nearest span above it that names one; 0: none. */
export function guildOfSpans(forest: Forest, guildId: Uint32Array): Uint32Array<ArrayBuffer> {
  const { spans, order } = forest
  const guildOf = new Uint32Array(spans.count)
  for (let i = 0; i < spans.count; i++) {
    const above = spans.parent[i]
    guildOf[i] = guildId[order[i]] || (above === -1 ? 0 : guildOf[above])
  }
  return guildOf
}

/** Index → how many spans before it have the same id; only where that is not 0. `spanId`: per row. */
export function ordinalsOf(forest: Forest, spanId: BigUint64Array): Map<number, number> {
  const ordinals = new Map<number, number>()
  if (forest.duplicates === 0) return ordinals
  const seen = new Map<bigint, number>()
  for (let i = 0; i < forest.spans.count; i++) {
    if ((forest.spans.flags[i] & FLAG.duplicateId) === 0) continue
    const id = spanId[forest.order[i]]
    const before = seen.get(id) ?? 0
    if (before > 0) ordinals.set(i, before)
    seen.set(id, before + 1)
  }
  return ordinals
}

/** Sentences about what is odd in a forest. */
export function oddities({ collapsed, orphans, cycles, duplicates }: Forest): string[] {
  const notes: string[] = []
  const spans = (n: number) => (n === 1 ? '1 span' : `${formatExact(n)} spans`)
  if (collapsed > 0)
    notes.push(`${spans(collapsed)} arrived more than once and ${collapsed === 1 ? 'is' : 'are'} shown once.`)
  if (orphans > 0)
    notes.push(
      orphans === 1
        ? '1 span names a parent that is not here; it is shown as a root.'
        : `${spans(orphans)} name a parent that is not here; they are shown as roots.`,
    )
  if (cycles > 0)
    notes.push(cycles === 1 ? '1 cycle of parents was cut.' : `${formatExact(cycles)} cycles of parents were cut.`)
  if (duplicates > 0)
    notes.push(
      duplicates === 1
        ? '1 span shares its id with a different span.'
        : `${spans(duplicates)} share their id with a different span.`,
    )
  return notes
}
