/** The waterfall's part of the URL: window, rows, selection, search and what is folded differently from the default. */

import type { FoldState } from '@/lib/analysis/waterfall-rows.ts'
import {
  choice,
  flag,
  hundredths,
  integer,
  integerSet,
  optionalInteger,
  optionalNumber,
  type StateOf,
  text,
  viewCodec,
} from '@/lib/view/view-state.ts'
import type { WaterfallModel } from './waterfall-model.ts'

export const DEFAULT_THRESHOLD = 50
/** Folds by hand beyond this do not travel, not even in a stored link. */
export const MOST_FOLDS = 20_000
export const NAMES_PX = 360
export const DETAILS_PX = 360
/** A merged group's key: owner × this + its place below the owner. */
const OWNER = 10_000_000

const fields = {
  /** ns since trace start. */
  t0: optionalNumber(),
  t1: optionalNumber(),
  /** First row in view, and how much of it is scrolled away. */
  row: hundredths(0),
  /** Where the selected span stood; checked against `span`, since a trace can grow. */
  at: optionalInteger(),
  /** `<span id>` or `<span id>-<ordinal>`. */
  span: text('', 40),
  /** Where a group's row is selected: the group, as in `groups` or `merged`. */
  grp: optionalInteger(),
  mgrp: optionalInteger(),
  q: text('', 200),
  /** The hit that was stepped to. */
  hit: optionalInteger(),
  fold: choice(['default', 'folded', 'everything'], 'default'),
  group: integer(DEFAULT_THRESHOLD, 1, 1_000_000_000),
  /** Spans and groups whose fold state differs from what `fold` says. */
  spans: integerSet(MOST_FOLDS),
  groups: integerSet(MOST_FOLDS),
  merged: integerSet(MOST_FOLDS),
  details: flag(false),
  /** Widths in CSS pixels, where there is room for both. */
  names: integer(NAMES_PX, 60, 900),
  side: integer(DETAILS_PX, 260, 900),
  /** Names stand beside the glyphs on a narrow screen. */
  wide: flag(false),
}

export const traceCodec = viewCodec(fields)
export type TraceView = StateOf<typeof fields>

/** Puts a model into the state of a link; whatever does not exist in this trace is passed over. */
export function restore(model: WaterfallModel, view: TraceView): void {
  if (view.group !== model.fold.threshold) model.setThreshold(view.group)
  // From the mode's own state on, so that restoring twice is restoring once.
  const folds = view.spans.size + view.groups.size + view.merged.size
  if (view.fold !== model.mode || folds > 0) model.setMode(view.fold)
  const { fold, spans } = model
  for (const i of view.spans) if (i < spans.count) fold.folded[i] ^= 1
  for (const slot of view.groups) if (slot < fold.primary.count && !fold.open.delete(slot)) fold.open.add(slot)
  if (view.spans.size + view.groups.size > 0) model.refresh()
  for (const key of view.merged) {
    const slot = mergedSlot(fold, key)
    if (slot !== undefined) fold.open.add(slot)
  }
  if (view.merged.size > 0) model.refresh()
  if (view.t0 !== undefined && view.t1 !== undefined && view.t1 > view.t0) {
    model.setWindow({ from: view.t0, to: view.t1 })
  }
  if (view.q !== '') model.find(view.q)
  if (view.at !== undefined && view.at < spans.count) model.select(view.at)
  else if (view.grp !== undefined && view.grp < fold.primary.count) model.select(spans.count + view.grp)
  else if (view.mgrp !== undefined) {
    const slot = mergedSlot(fold, view.mgrp)
    if (slot !== undefined) model.select(spans.count + slot)
  }
  if (view.hit !== undefined) model.restoreHit(view.hit)
}

/** Slot of the merged group with this key; undefined where there is none. */
function mergedSlot(fold: FoldState, key: number): number | undefined {
  const entry = fold.merged[fold.mergedOf.get(Math.floor(key / OWNER)) ?? -1]
  return entry !== undefined && key % OWNER < entry.table.count ? entry.base + (key % OWNER) : undefined
}

/** The key of a merged group's slot; undefined for a primary one. */
function mergedKey(fold: FoldState, slot: number): number | undefined {
  const entry = fold.merged.find(({ base, table }) => slot >= base && slot < base + table.count)
  return entry === undefined ? undefined : entry.owner * OWNER + slot - entry.base
}

let cached: { readonly model: WaterfallModel; readonly version: number; readonly folds: FoldView } | undefined
type FoldView = Pick<TraceView, 'spans' | 'groups' | 'merged'>

/** What belongs to the panels around the model. */
export type PanelView = Pick<TraceView, 'span' | 'details' | 'names' | 'side' | 'wide'>

/** The model's state for a link. */
export function viewOf(model: WaterfallModel): Omit<TraceView, keyof PanelView> {
  if (cached?.model !== model || cached.version !== model.foldVersion) {
    cached = { model, version: model.foldVersion, folds: foldsOf(model) }
  }
  const everything = model.window.from === model.whole.from && model.window.to === model.whole.to
  const slot =
    model.selected !== undefined && model.selected >= model.spans.count ? model.selected - model.spans.count : undefined
  const mgrp = slot === undefined ? undefined : mergedKey(model.fold, slot)
  return {
    t0: everything ? undefined : model.window.from,
    t1: everything ? undefined : model.window.to,
    row: model.topPx / model.rowHeight,
    at: model.selectedSpan,
    grp: mgrp === undefined ? slot : undefined,
    mgrp,
    q: model.query.slice(0, 200),
    hit: model.hitAt < 0 ? undefined : model.hitAt,
    fold: model.mode,
    group: model.fold.threshold,
    ...cached.folds,
  }
}

function foldsOf(model: WaterfallModel): FoldView {
  const { fold, spans, mode } = model
  const changed = new Set<number>()
  for (let i = 0; i < spans.count && changed.size <= MOST_FOLDS; i++) {
    const byMode = mode === 'folded' && spans.subtreeEnd[i] > i + 1 ? 1 : 0
    if (fold.folded[i] !== byMode) changed.add(i)
  }
  const groups = new Set<number>()
  const merged = new Set<number>()
  for (let slot = 0; slot < fold.primary.count && groups.size <= MOST_FOLDS; slot++) {
    if (fold.open.has(slot) !== (mode === 'everything')) groups.add(slot)
  }
  for (const slot of fold.open) {
    const key = mergedKey(fold, slot)
    if (key !== undefined) merged.add(key)
    if (merged.size > MOST_FOLDS) break
  }
  const bounded = (set: Set<number>) => (set.size <= MOST_FOLDS ? set : new Set<number>())
  return { spans: bounded(changed), groups: bounded(groups), merged: bounded(merged) }
}

/** `00f067aa0ba902b7-1` → id and ordinal. */
export function parseSpanRef(ref: string): { readonly id: string; readonly ordinal: number } | undefined {
  const match = /^([0-9a-f]{16})(?:-(\d{1,6}))?$/.exec(ref)
  return match === null ? undefined : { id: match[1], ordinal: Number(match[2] ?? 0) }
}

/** Index of the span with this id in the trace's order, −1 for none. */
export function indexOfSpan(ids: BigUint64Array, id: string, ordinal: number): number {
  const wanted = BigInt(`0x${id}`)
  let at = ids.indexOf(wanted)
  for (let k = 0; k < ordinal && at >= 0; k++) at = ids.indexOf(wanted, at + 1)
  return at
}
