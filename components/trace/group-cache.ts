/** What group rows cost once and are asked for in every frame. Slots keep their meaning as long as the groups do. */
import { densityStrip, type Strip, type TimeWindow } from '@/lib/analysis/density.ts'
import { type GroupStats, groupStats } from '@/lib/analysis/fold-stats.ts'
import type { SpanColumns } from '@/lib/model/span-columns.ts'

/** Strips of rows that scrolled away would pile up. */
const MOST_STRIPS = 400

export class GroupCache {
  readonly #spans: SpanColumns
  readonly #stats: Map<number, GroupStats>
  readonly #strips = new Map<number, { readonly key: string; readonly strip: Strip }>()
  readonly #hits = new Map<number, Uint32Array>()

  constructor(spans: SpanColumns, stats: ReadonlyMap<number, GroupStats>) {
    this.#spans = spans
    this.#stats = new Map(stats)
  }

  stats(slot: number, members: () => Uint32Array): GroupStats {
    let stats = this.#stats.get(slot)
    if (stats === undefined) {
      stats = groupStats(this.#spans, members())
      this.#stats.set(slot, stats)
    }
    return stats
  }

  /** Computed anew when the window or the width has changed. */
  strip(slot: number, members: () => Uint32Array, window: TimeWindow, width: number): Strip {
    const key = `${window.from}/${window.to}/${width}`
    const known = this.#strips.get(slot)
    if (known?.key === key) return known.strip
    if (this.#strips.size > MOST_STRIPS) this.#strips.clear()
    const strip = densityStrip(this.#spans, members(), window, width)
    this.#strips.set(slot, { key, strip })
    return strip
  }

  /** Members whose flag is set. */
  hits(slot: number, members: () => Uint32Array, flags: Uint8Array): Uint32Array {
    let hits = this.#hits.get(slot)
    if (hits === undefined) {
      hits = members().filter((i) => flags[i] === 1)
      this.#hits.set(slot, hits)
    }
    return hits
  }

  forgetHits(): void {
    this.#hits.clear()
  }
}
