/**
 * One open waterfall, outside React: at 60 frames a second nothing here may re-render a tree of components. Parts of the page
 * subscribe to a topic; canvases redraw, components re-render only when what they show changed.
 */
import type { Strip, TimeWindow } from '@/lib/analysis/density.ts'
import type { GroupStats } from '@/lib/analysis/fold-stats.ts'
import { clamped, zoomed } from '@/lib/analysis/waterfall-axis.ts'
import { findSpans, stepHit } from '@/lib/analysis/waterfall-find.ts'
import {
  type FoldState,
  foldAll,
  foldStateFor,
  type GroupRef,
  groupAt,
  type Rows,
  reveal,
  rowOf,
  rowStandingFor,
  unfoldDefault,
  unfoldEverything,
  visibleRows,
} from '@/lib/analysis/waterfall-rows.ts'
import type { LoadedTrace } from '@/lib/client/trace-loaded.ts'
import type { SpanColumns } from '@/lib/model/span-columns.ts'
import { GroupCache } from './group-cache.ts'

/** `rows`: which rows there are, or where they are scrolled to. `view`: anything that belongs into the URL. */
export type Topic = 'tags' | 'rows' | 'window' | 'selection' | 'find' | 'hover' | 'view'

export interface Hover {
  readonly row: number
  /** CSS pixels in the time area. */
  readonly x: number
  readonly y: number
}

/** A note's number on the row of its span. */
export interface SpanTag {
  readonly span: number
  readonly text: string
  readonly focused: boolean
}

const NONE = new Uint32Array(0)

export type FoldMode = 'default' | 'folded' | 'everything'

export class WaterfallModel {
  readonly loaded: LoadedTrace
  readonly spans: SpanColumns
  readonly whole: TimeWindow
  fold: FoldState
  rows: Rows
  window: TimeWindow
  /** CSS pixels scrolled down. */
  topPx = 0
  viewWidth = 0
  viewHeight = 0
  rowHeight = 22
  /** A row's value (span index, or span count + group slot). */
  selected: number | undefined
  hover: Hover | undefined
  tags: readonly SpanTag[] = []
  query = ''
  hits: Uint32Array = new Uint32Array(0)
  /** Place in `hits`, −1 before the first step. */
  hitAt = -1
  mode: FoldMode = 'default'
  /** The tree moves DOM focus to the selected row when this is set. */
  focusWanted = false
  /** Counts changes of the rows themselves. */
  foldVersion = 0
  #hitFlags: Uint8Array | undefined
  #groups: GroupCache
  readonly #listeners = new Map<Topic, Set<() => void>>()
  readonly #versions = new Map<Topic, number>()

  constructor(loaded: LoadedTrace) {
    this.loaded = loaded
    this.spans = loaded.trace.spans
    this.fold = loaded.fold
    this.rows = loaded.rows
    this.#groups = new GroupCache(this.spans, loaded.stats)
    const { fromNs, toNs } = loaded.totals
    // A little air at the right, so that the last end is seen to be an end.
    this.whole = { from: fromNs, to: toNs + (toNs - fromNs) * 0.02 }
    this.window = this.whole
  }

  subscribe(topic: Topic, listener: () => void): () => void {
    const set = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, set.add(listener))
    return () => set.delete(listener)
  }

  version(topic: Topic): number {
    return this.#versions.get(topic) ?? 0
  }

  #emit(...topics: readonly Topic[]): void {
    for (const topic of topics) {
      this.#versions.set(topic, this.version(topic) + 1)
      for (const listener of this.#listeners.get(topic) ?? []) listener()
    }
  }

  // Time

  setWindow(window: TimeWindow): void {
    const least = 10
    const wide = window.to - window.from < least ? { from: window.from, to: window.from + least } : window
    const next = clamped(wide, this.whole)
    if (next.from === this.window.from && next.to === this.window.to) return
    this.window = next
    this.#emit('window', 'view')
  }

  /** `factor` < 1 zooms in; `share` of the width stays in place. */
  zoom(factor: number, share = 0.5): void {
    const { from, to } = this.window
    this.setWindow(zoomed(this.window, factor, from + (to - from) * share, this.whole))
  }

  /** By a share of the window's width. */
  pan(share: number): void {
    const by = (this.window.to - this.window.from) * share
    this.setWindow({ from: this.window.from + by, to: this.window.to + by })
  }

  /** The selected row fills the width; without a selection everything does. */
  fit(value = this.selected): void {
    if (value === undefined) {
      this.setWindow(this.whole)
      return
    }
    const { from, to } = this.extentOf(value)
    const air = Math.max((to - from) * 0.08, 20)
    this.setWindow({ from: from - air, to: to + air })
  }

  /** What a row covers: wait and work, and what is folded away below it. */
  extentOf(value: number): TimeWindow {
    const { spans } = this
    if (value >= spans.count) {
      const stats = this.statsOf(value - spans.count)
      return { from: stats.from, to: Math.max(stats.to, stats.from + 1) }
    }
    const wait = spans.wait[value] > 0 ? spans.wait[value] : 0
    const end = this.fold.folded[value]
      ? this.loaded.aggregates.subtreeLatest[value]
      : spans.start[value] + spans.duration[value]
    return { from: spans.start[value] - wait, to: Math.max(end, spans.start[value] + 1) }
  }

  timeAt(x: number): number {
    return this.window.from + (x / Math.max(1, this.viewWidth)) * (this.window.to - this.window.from)
  }

  // Rows

  resize(width: number, height: number, rowHeight: number): void {
    if (width === this.viewWidth && height === this.viewHeight && rowHeight === this.rowHeight) return
    const first = this.topPx / this.rowHeight
    const before = this.selectedRow
    const kept = before >= this.range.first && before < this.range.end && this.viewHeight > 0
    this.viewWidth = width
    this.viewHeight = height
    this.rowHeight = rowHeight
    this.topPx = this.#clampTop(first * rowHeight)
    this.#emit('rows', 'window')
    // The details sheet takes room; what it is about stays in view.
    if (kept && this.selected !== undefined) this.scrollIntoView(this.selected)
  }

  get maxTopPx(): number {
    return Math.max(0, this.rows.count * this.rowHeight - this.viewHeight)
  }

  #clampTop(top: number): number {
    return Math.min(this.maxTopPx, Math.max(0, top))
  }

  scrollTo(topPx: number): void {
    const next = this.#clampTop(topPx)
    if (next === this.topPx) return
    this.topPx = next
    this.#emit('rows', 'view')
  }

  scrollBy(px: number): void {
    this.scrollTo(this.topPx + px)
  }

  /** First row in view, and one past the last. */
  get range(): { readonly first: number; readonly end: number } {
    const first = Math.floor(this.topPx / this.rowHeight)
    return { first, end: Math.min(this.rows.count, Math.ceil((this.topPx + this.viewHeight) / this.rowHeight)) }
  }

  /** Row at `y` CSS pixels below the view's top, −1 below the last. */
  rowAt(y: number): number {
    const row = Math.floor((this.topPx + y) / this.rowHeight)
    return row >= 0 && row < this.rows.count ? row : -1
  }

  groupOfValue(value: number): GroupRef | undefined {
    return value < this.spans.count ? undefined : groupAt(this.fold, value - this.spans.count)
  }

  statsOf(slot: number): GroupStats {
    return this.#groups.stats(slot, () => groupAt(this.fold, slot).members)
  }

  /** The group's strip for the present window. */
  stripOf(slot: number, width: number): Strip {
    return this.#groups.strip(slot, () => groupAt(this.fold, slot).members, this.window, width)
  }

  // Folding

  expandable(value: number): boolean {
    return value >= this.spans.count || this.spans.subtreeEnd[value] > value + 1
  }

  expanded(value: number): boolean {
    if (value >= this.spans.count) return this.fold.open.has(value - this.spans.count)
    return this.fold.folded[value] === 0
  }

  toggle(value: number, wanted = !this.expanded(value)): void {
    if (!this.expandable(value) || wanted === this.expanded(value)) return
    if (value >= this.spans.count) {
      if (wanted) this.fold.open.add(value - this.spans.count)
      else this.fold.open.delete(value - this.spans.count)
    } else {
      this.fold.folded[value] = wanted ? 0 : 1
    }
    this.refresh()
  }

  setMode(mode: FoldMode): void {
    this.mode = mode
    if (mode === 'folded') foldAll(this.spans, this.fold)
    else if (mode === 'default') unfoldDefault(this.fold)
    else unfoldEverything(this.fold)
    this.refresh()
    if (this.selected !== undefined) this.scrollIntoView(this.selected)
  }

  setThreshold(threshold: number): void {
    if (threshold === this.fold.threshold) return
    const { folded } = this.fold
    this.fold = { ...foldStateFor(this.spans, threshold), folded }
    if (this.mode === 'everything') unfoldEverything(this.fold)
    this.#groups = new GroupCache(this.spans, new Map())
    if (this.selected !== undefined && this.selected >= this.spans.count) this.selected = undefined
    this.refresh()
    this.#emit('selection')
  }

  /** After the fold state was changed: rows anew, everything that shows them redrawn. */
  refresh(): void {
    this.rows = visibleRows(this.spans, this.fold, this.rows)
    this.foldVersion++
    this.topPx = this.#clampTop(this.topPx)
    this.#emit('rows', 'view')
  }

  // Selection

  select(value: number | undefined): void {
    if (value === this.selected) return
    this.selected = value
    this.#emit('selection', 'view')
  }

  /** Selects a span wherever it is, and brings it into view; time moves only when asked. */
  goTo(span: number, fitTime = false): void {
    if (rowOf(this.rows, span) < 0) {
      reveal(this.spans, this.fold, span)
      this.refresh()
    }
    this.select(span)
    this.scrollIntoView(span)
    if (fitTime) this.fit(span)
  }

  /** Row of the selection, −1 when it is hidden or there is none. */
  get selectedRow(): number {
    return this.selected === undefined ? -1 : rowOf(this.rows, this.selected)
  }

  /** By rows, from the selected one (or the first in view). */
  moveSelection(by: number): void {
    const at = this.selectedRow
    const next = at < 0 ? this.range.first : Math.min(this.rows.count - 1, Math.max(0, at + by))
    this.selectRow(next)
  }

  selectRow(row: number): void {
    if (row < 0 || row >= this.rows.count) return
    const value = this.rows.value[row]
    this.focusWanted = true
    this.select(value)
    this.scrollIntoView(value)
  }

  /** ← folds, or goes to the row above in the tree. */
  collapseOrAscend(): void {
    const row = this.selectedRow
    if (row < 0 || this.selected === undefined) return
    const group = this.selected >= this.spans.count
    if (this.expandable(this.selected) && this.expanded(this.selected)) {
      this.toggle(this.selected, false)
      return
    }
    const level = this.rows.level[row]
    if (level === 0 && !group) return
    let above = row - 1
    while (above >= 0 && this.rows.level[above] >= level) above--
    this.selectRow(above)
  }

  /** → unfolds, or goes to the first row below. */
  expandOrDescend(): void {
    const row = this.selectedRow
    if (row < 0 || this.selected === undefined) return
    if (this.expandable(this.selected) && !this.expanded(this.selected)) this.toggle(this.selected, true)
    else if (row + 1 < this.rows.count && this.rows.level[row + 1] > this.rows.level[row]) this.selectRow(row + 1)
  }

  scrollIntoView(value: number): void {
    const row = rowOf(this.rows, value)
    if (row < 0) return
    const top = row * this.rowHeight
    if (top < this.topPx) this.scrollTo(top - this.rowHeight * 2)
    else if (top + this.rowHeight > this.topPx + this.viewHeight) {
      this.scrollTo(top + this.rowHeight * 3 - this.viewHeight)
    }
  }

  setTags(tags: readonly SpanTag[]): void {
    this.tags = tags
    this.#emit('tags')
  }

  /** The row of a tag's span, or the one it is hidden in; −1 where there is none. */
  tagRow(span: number): number {
    return rowStandingFor(this.spans, this.fold, this.rows, span)
  }

  setHover(hover: Hover | undefined): void {
    const now = this.hover
    if (now === hover || (now && hover && now.row === hover.row && now.x === hover.x && now.y === hover.y)) return
    this.hover = hover
    this.#emit('hover')
  }

  // Search

  find(query: string): void {
    if (query === this.query) return
    this.query = query
    this.hits = findSpans(this.spans, query)
    this.hitAt = -1
    this.#hitFlags = undefined
    this.#groups.forgetHits()
    if (this.hits.length > 0) {
      const flags = new Uint8Array(this.spans.count)
      for (const hit of this.hits) flags[hit] = 1
      this.#hitFlags = flags
    }
    this.#emit('find', 'view')
  }

  /** The place among the hits that a link states. */
  restoreHit(at: number): void {
    if (at >= this.hits.length) return
    this.hitAt = at
    this.#emit('find')
  }

  isHit(span: number): boolean {
    return this.#hitFlags !== undefined && this.#hitFlags[span] === 1
  }

  /** Members of a group that are hits; looked up once per search. */
  hitsIn(slot: number): Uint32Array {
    const flags = this.#hitFlags
    if (flags === undefined) return NONE
    return this.#groups.hits(slot, () => groupAt(this.fold, slot).members, flags)
  }

  step(direction: 1 | -1): void {
    const from = this.hitAt >= 0 ? this.hits[this.hitAt] : this.selectedSpan
    this.hitAt = stepHit(this.hits, from ?? -1, direction)
    if (this.hitAt < 0) return
    const hit = this.hits[this.hitAt]
    // A hit among thousands in a closed group is shown in the group's row: opening it is the reader's choice.
    const row = rowStandingFor(this.spans, this.fold, this.rows, hit)
    if (row >= 0 && this.rows.value[row] !== hit && this.rows.value[row] < this.spans.count) {
      reveal(this.spans, this.fold, hit)
      this.refresh()
    }
    this.select(hit)
    const shown = rowStandingFor(this.spans, this.fold, this.rows, hit)
    if (shown >= 0) this.scrollIntoView(this.rows.value[shown])
    this.#emit('find', 'view')
  }

  get selectedSpan(): number | undefined {
    return this.selected !== undefined && this.selected < this.spans.count ? this.selected : undefined
  }

  /** The row that is highlighted: the selection's own, or the one it is hidden in. */
  get highlightedRow(): number {
    const own = this.selectedRow
    if (own >= 0 || this.selectedSpan === undefined) return own
    return rowStandingFor(this.spans, this.fold, this.rows, this.selectedSpan)
  }
}
