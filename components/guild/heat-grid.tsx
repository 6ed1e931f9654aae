'use client'
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react'
import { type Shortcut, useShortcuts } from '@/components/shell/shortcuts.tsx'
import type { HeatOverlay } from '@/lib/draw/heat-map.ts'
import { minuteAt, minuteLeft, type PlotGeometry, rowAt } from '@/lib/draw/heat-map-geometry.ts'

/** A place in the grid, by index. */
export interface Cell {
  readonly minute: number
  readonly row: number
}

export interface HeatGridProps {
  /** Whose minutes they are, where there are several such grids on the page. */
  readonly of?: string
  /** False where another grid on the page lists the keys already. */
  readonly listed?: boolean
  readonly g: PlotGeometry
  readonly contentPx: number
  /** Where the heat map begins below the band. */
  readonly topPx: number
  readonly heightPx: number
  readonly names: readonly string[]
  readonly describe: (minute: number, row: number) => string
  readonly selected: HeatOverlay['selection']
  readonly onPoint: (at: HeatOverlay['hover']) => void
  /** The range under a drag in progress; undefined when it ends. */
  readonly onDrag: (range: HeatOverlay['selection']) => void
  /** Minutes [from, to); row −1: all actions. */
  readonly onSelect: (from: number, to: number, row: number) => void
  /** Where the keyboard stands; left out, the grid keeps it itself, at the newest minute to begin with. */
  readonly cursor?: Cell
  readonly onCursor?: (cursor: Cell) => void
  readonly children: ReactNode
}

const passOn = () => false as const
/** Listed only: the grid itself acts on them. */
const HEAT_KEYS: readonly Shortcut[] = [
  { keys: ['ArrowLeft', 'ArrowRight'], label: 'Minute by minute (Page Up and Down: by ten)', run: passOn },
  { keys: ['ArrowUp', 'ArrowDown'], label: 'Action by action', run: passOn },
  { keys: 'Enter', label: 'Select the cell', run: passOn },
  { keys: ['Shift+ArrowLeft', 'Shift+ArrowRight'], label: 'Select a range of minutes', run: passOn },
]

/**
 * Pointer and keyboard of the plot. For assistive technology it is a grid of which the focused cell is in the document: one real
 * element over the canvas, that says in words what the cell shows.
 */
export function HeatGrid(props: HeatGridProps) {
  const { g, topPx, names, describe, selected, onPoint, onDrag, onSelect } = props
  const grip = useRef<Cell | undefined>(undefined)
  const [ownCursor, setOwnCursor] = useState<Cell | undefined>(undefined)
  // Until it is moved, it stands on the newest minute of whatever range is shown.
  const cursor = props.cursor ?? ownCursor ?? { minute: g.minutes - 1, row: 0 }
  const setCursor = (next: Cell) => {
    setOwnCursor(next)
    props.onCursor?.(next)
  }
  const anchor = useRef<Cell | undefined>(undefined)
  // New data may have fewer minutes or rows.
  const at: Cell = {
    minute: Math.max(0, Math.min(cursor.minute, g.minutes - 1)),
    row: Math.max(0, Math.min(cursor.row, g.rows - 1)),
  }

  useShortcuts('Heat map, once it has the focus', props.listed === false ? [] : HEAT_KEYS)

  const cellAt = (event: PointerEvent<HTMLElement>): Cell => {
    const box = event.currentTarget.getBoundingClientRect()
    return { minute: minuteAt(g, event.clientX - box.left), row: rowAt(g, event.clientY - box.top - topPx) }
  }
  const spanned = (a: Cell, b: Cell) => ({
    from: Math.min(a.minute, b.minute),
    to: Math.max(a.minute, b.minute) + 1,
    row: a.row === b.row ? a.row : -1,
  })

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return
    const cell = cellAt(event)
    if (event.shiftKey && selected !== undefined) {
      onSelect(Math.min(selected.from, cell.minute), Math.max(selected.to, cell.minute + 1), selected.row)
      return
    }
    grip.current = cell
    // A finger that moves scrolls; only a mouse or pen drags.
    if (event.pointerType !== 'touch') event.currentTarget.setPointerCapture(event.pointerId)
  }
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const cell = cellAt(event)
    onPoint(cell)
    if (grip.current !== undefined && event.pointerType !== 'touch' && cell.minute !== grip.current.minute) {
      onDrag(spanned(grip.current, cell))
    }
  }
  const onPointerUp = (event: PointerEvent<HTMLElement>) => {
    const from = grip.current
    grip.current = undefined
    onDrag(undefined)
    if (from === undefined) return
    const cell = cellAt(event)
    const range = spanned(from, cell)
    setCursor({ minute: cell.minute, row: Math.max(0, cell.row) })
    onSelect(range.from, range.to, range.row)
  }

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const next = moved(event, at, g)
    if (next !== undefined) {
      event.preventDefault()
      event.stopPropagation()
      if (event.shiftKey) {
        anchor.current ??= at
        const range = spanned(anchor.current, next)
        onSelect(range.from, range.to, anchor.current.row === next.row ? next.row : -1)
      } else anchor.current = undefined
      setCursor(next)
      onPoint(next)
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault()
      event.stopPropagation()
      // After Shift and arrows the range is selected already; Enter confirms it.
      if (anchor.current === undefined) onSelect(at.minute, at.minute + 1, at.row)
      anchor.current = undefined
    }
  }

  return (
    <div
      ref={(element) => {
        if (element === null) return
        element.style.width = `${props.contentPx}px`
        element.style.height = `${props.heightPx}px`
      }}
    >
      <div
        className="sticky left-0 cursor-crosshair touch-pan-x touch-pan-y select-none"
        style={{ width: g.widthPx, height: props.heightPx }}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => {
          grip.current = undefined
          onDrag(undefined)
        }}
        onPointerLeave={() => onPoint(undefined)}
      >
        {props.children}
        {g.rows > 0 && g.minutes > 0 && (
          // biome-ignore lint/a11y/useSemanticElements: cells are pixels of a canvas; a table of them all would be 60,000 elements
          <div
            role="grid"
            aria-label={`Heat map${props.of === undefined ? '' : ` of ${props.of}`}: arrow keys move by minute and action, Enter selects, Shift and arrows select a range`}
            aria-rowcount={g.rows}
            aria-colcount={g.minutes}
            aria-multiselectable
            onKeyDown={onKeyDown}
          >
            {/* biome-ignore lint/a11y/useSemanticElements: as above */}
            <div role="row" aria-rowindex={at.row + 1} tabIndex={-1} className="outline-none">
              {/* biome-ignore lint/a11y/useSemanticElements: as above */}
              <div
                role="gridcell"
                tabIndex={0}
                aria-colindex={at.minute + 1}
                aria-label={describe(at.minute, at.row) || names[at.row]}
                aria-selected={isSelected(selected, at)}
                onFocus={() => onPoint(at)}
                onBlur={() => onPoint(undefined)}
                className="pointer-events-none absolute focus-visible:outline-2 focus-visible:outline-text"
                style={{
                  left: minuteLeft(g, at.minute),
                  top: topPx + at.row * g.rowPx,
                  width: Math.max(4, g.minutePx),
                  height: g.rowPx,
                }}
              />
            </div>
          </div>
        )}
      </div>
    </div>
  )
}

function isSelected(selected: HeatOverlay['selection'], at: Cell): boolean {
  if (selected === undefined) return false
  return at.minute >= selected.from && at.minute < selected.to && (selected.row < 0 || selected.row === at.row)
}

function moved(event: KeyboardEvent, at: Cell, g: PlotGeometry): Cell | undefined {
  const minute = (by: number) => ({ ...at, minute: Math.max(0, Math.min(g.minutes - 1, at.minute + by)) })
  const row = (by: number) => ({ ...at, row: Math.max(0, Math.min(g.rows - 1, at.row + by)) })
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined
  switch (event.key) {
    case 'ArrowLeft':
      return minute(-1)
    case 'ArrowRight':
      return minute(1)
    case 'PageUp':
      return minute(-10)
    case 'PageDown':
      return minute(10)
    case 'Home':
      return minute(-g.minutes)
    case 'End':
      return minute(g.minutes)
    case 'ArrowUp':
      return row(-1)
    case 'ArrowDown':
      return row(1)
    default:
      return undefined
  }
}
