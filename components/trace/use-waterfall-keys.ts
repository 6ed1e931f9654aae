'use client'
import type { RefObject } from 'react'
import { useShortcuts } from '@/components/shell/shortcuts.tsx'
import type { WaterfallModel } from './waterfall-model.ts'

export interface WaterfallKeys {
  readonly search: RefObject<HTMLInputElement | null>
  readonly detailsOpen: boolean
  readonly openDetails: (open: boolean) => void
}

/** Everything the waterfall does, from the keyboard. */
export function useWaterfallKeys(model: WaterfallModel, { search, detailsOpen, openDetails }: WaterfallKeys): void {
  const pageRows = () => Math.max(1, Math.floor(model.viewHeight / model.rowHeight) - 1)
  // A shared share of the width where the pointer is, else the middle.
  const at = () => (model.hover === undefined || model.hover.x < 0 ? 0.5 : model.hover.x / Math.max(1, model.viewWidth))
  const onControl = (event: KeyboardEvent) =>
    event.target instanceof Element && event.target.closest('button, a, summary') !== null
  useShortcuts('Waterfall', [
    { keys: ['/', 'Mod+f'], label: 'Find spans', run: () => search.current?.select() },
    { keys: 'KeyW', label: 'Zoom in', run: () => model.zoom(0.7, at()) },
    { keys: 'KeyS', label: 'Zoom out', run: () => model.zoom(1 / 0.7, at()) },
    { keys: 'KeyA', label: 'Pan left', run: () => model.pan(-0.15) },
    { keys: 'KeyD', label: 'Pan right', run: () => model.pan(0.15) },
    { keys: 'KeyF', label: 'Fit the selected row into view', run: () => model.fit() },
    { keys: '0', label: 'Show everything', run: () => model.setWindow(model.whole) },
    { keys: 'ArrowDown', label: 'Next row', run: () => model.moveSelection(1) },
    { keys: 'ArrowUp', label: 'Previous row', run: () => model.moveSelection(-1) },
    { keys: 'PageDown', label: 'A page down', run: () => model.moveSelection(pageRows()) },
    { keys: 'PageUp', label: 'A page up', run: () => model.moveSelection(-pageRows()) },
    { keys: 'Home', label: 'First row', run: () => model.selectRow(0) },
    { keys: 'End', label: 'Last row', run: () => model.selectRow(model.rows.count - 1) },
    { keys: 'ArrowRight', label: 'Unfold, or go into it', run: () => model.expandOrDescend() },
    { keys: 'ArrowLeft', label: 'Fold, or go to the row above it', run: () => model.collapseOrAscend() },
    {
      keys: 'Enter',
      label: 'Open the details',
      run: (event) => (onControl(event) || model.selected === undefined ? false : openDetails(true)),
    },
    { keys: 'Escape', label: 'Close the details', run: () => (detailsOpen ? openDetails(false) : false) },
  ])
}
