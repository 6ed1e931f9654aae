'use client'
import { type KeyboardEvent, type PointerEvent, useMemo, useRef, useState } from 'react'
import { type Shortcut, useShortcuts } from '@/components/shell/shortcuts.tsx'
import { useBothRefs, useKeptScroll } from '@/components/ui/use-kept-scroll.ts'
import {
  boxAt,
  type FlameHits,
  type FlameLayout,
  type FlameMeasure,
  flameBoxes,
  placeBoxes,
} from '@/lib/analysis/flame-layout.ts'
import { drawFlame, drawFlameOverlay, FLAME_ROW_PX, type FlamePicture } from '@/lib/draw/flame.ts'
import type { Pen } from '@/lib/draw/pen.ts'
import type { DrawTheme } from '@/lib/draw/theme.ts'
import type { Layer } from '@/lib/view/frame.ts'
import { CanvasLayer, useSize } from './canvas-layer.tsx'
import { boxLabel, nodeLines } from './flame-words.ts'
import { placeTip } from './tip.ts'

export interface FlameCanvasProps {
  readonly layout: FlameLayout
  readonly measure: FlameMeasure
  readonly hits: FlameHits | undefined
  readonly zoom: number
  readonly onZoom: (node: number) => void
  /** The box that the keyboard stands on; left out, the graph keeps its own. */
  readonly focus?: number
  readonly onFocus?: (node: number) => void
  /** Names its scrolled region in the address, where there are several. */
  readonly region?: string
  /** What boxes say and how they are filled, where not by the layout's own figures and stages. A constant between renders. */
  readonly look?: FlameLook
}

export interface FlameLook {
  readonly label: (node: number) => string
  readonly lines: (node: number) => readonly string[]
  readonly paint: NonNullable<FlamePicture['paint']>
}

/** Boxes narrower than this still answer to a pointer this far away. */
const SLACK_PX = 2

const FLAME_UNIT = { y: FLAME_ROW_PX }

const passOn = () => false as const
/** Listed only: the tree itself acts on them. */
const FLAME_KEYS: readonly Shortcut[] = [
  { keys: ['ArrowDown', 'ArrowUp'], label: 'To the widest child, to the parent', run: passOn },
  { keys: ['ArrowLeft', 'ArrowRight'], label: 'To the neighbours', run: passOn },
  { keys: 'Enter', label: 'Zoom to the box', run: passOn },
]

/** The flame graph: canvas for the boxes; the focused one is a real element, in a tree, that says what it is. */
export function FlameCanvas({ layout, measure, hits, zoom, onZoom, look, ...kept }: FlameCanvasProps) {
  const { tree } = layout
  const [sizeRef, size] = useSize()
  const scrollRef = useKeptScroll(kept.region ?? 'flame', { unitPx: FLAME_UNIT })
  const ref = useBothRefs(sizeRef, scrollRef)
  const [scrollPx, setScrollPx] = useState(0)
  const [ownFocus, setOwnFocus] = useState(0)
  const focus = kept.focus ?? ownFocus
  const setFocus = kept.onFocus ?? setOwnFocus
  const overlay = useRef<Layer | undefined>(undefined)
  const tip = useRef<HTMLDivElement>(null)
  const hovered = useRef(-1)
  const focusShown = useRef(false)
  const focused = focus < tree.count ? focus : 0

  const picture: FlamePicture = useMemo(() => {
    const wide = layout.right[zoom] > layout.left[zoom]
    const boxes = placeBoxes(
      layout,
      {
        left: wide ? layout.left[zoom] : 0,
        right: wide ? layout.right[zoom] : 1,
        widthPx: Math.max(1, size.width),
        firstRow: Math.floor(scrollPx / FLAME_ROW_PX),
        lastRow: Math.ceil((scrollPx + size.height) / FLAME_ROW_PX),
      },
      flameBoxes(),
    )
    return {
      layout,
      boxes,
      hit: hits?.hit,
      label: look?.label ?? ((node) => boxLabel(layout, node, measure)),
      paint: look?.paint,
      mergedLabel: (count) => `${count} more`,
      zoom,
      scrollPx,
      widthPx: size.width,
      heightPx: size.height,
    }
  }, [layout, measure, hits, zoom, scrollPx, size, look])
  const linesOf = (node: number) => look?.lines(node) ?? nodeLines(layout, node, measure)
  const draw = useMemo(() => (pen: Pen, theme: DrawTheme) => drawFlame(pen, picture, theme), [picture])
  const focusedBox = useMemo(() => boxOf(picture, focused), [picture, focused])
  const drawOver = useMemo(
    () => (pen: Pen, theme: DrawTheme) =>
      drawFlameOverlay(pen, picture, hovered.current, focusShown.current ? focusedBox : -1, theme),
    [picture, focusedBox],
  )

  const boxUnder = (event: PointerEvent<HTMLElement>): number => {
    const box = event.currentTarget.getBoundingClientRect()
    const row = Math.floor((event.clientY - box.top + scrollPx) / FLAME_ROW_PX)
    return boxAt(picture.boxes, row, event.clientX - box.left, SLACK_PX)
  }
  const hover = (box: number, event?: PointerEvent<HTMLElement>) => {
    if (event !== undefined) placeTip(tip.current, box < 0 ? [] : boxLines(picture, box, linesOf), event)
    if (box === hovered.current) return
    hovered.current = box
    overlay.current?.invalidate()
  }
  const press = (event: PointerEvent<HTMLElement>) => {
    const box = boxUnder(event)
    if (box < 0) return
    const drawn = picture.boxes.node[box]
    // Merged siblings have no box of their own to zoom to: their parent gives them room.
    const node = drawn >= 0 ? drawn : tree.parent[~drawn]
    setFocus(node)
    onZoom(node)
  }
  useShortcuts('Flame graph, once it has the focus', FLAME_KEYS)
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault()
      onZoom(focused)
      return
    }
    const next = neighbour(layout, focused, event.key)
    if (next === undefined) return
    event.preventDefault()
    event.stopPropagation()
    setFocus(next)
  }
  const depth = tree.depth[focused]

  return (
    <div
      ref={ref}
      className="relative min-h-0 flex-1 overflow-x-hidden overflow-y-auto"
      onScroll={(event) => setScrollPx(event.currentTarget.scrollTop)}
    >
      <div
        ref={(element) => {
          if (element !== null) element.style.height = `${Math.max(size.height, layout.rows * FLAME_ROW_PX)}px`
        }}
      >
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the tree inside has the same from the keyboard */}
        <div
          className="sticky top-0"
          style={{ width: size.width, height: size.height }}
          onPointerMove={(event) => hover(boxUnder(event), event)}
          onPointerLeave={(event) => hover(-1, event)}
          onPointerUp={press}
          onDoubleClick={() => onZoom(0)}
        >
          <CanvasLayer widthPx={size.width} heightPx={size.height} draw={draw} className="absolute inset-0" />
          <CanvasLayer
            widthPx={size.width}
            heightPx={size.height}
            draw={drawOver}
            layer={overlay}
            className="absolute inset-0"
          />
          <div
            role="tree"
            aria-label="Flame graph: arrow keys move between boxes, Enter zooms, Escape resets"
            onKeyDown={onKeyDown}
          >
            <div
              role="treeitem"
              tabIndex={0}
              aria-level={depth + 1}
              aria-selected={focused === zoom}
              aria-label={linesOf(focused).join('; ')}
              onFocus={(event) => {
                focusShown.current = event.currentTarget.matches(':focus-visible')
                overlay.current?.invalidate()
              }}
              onBlur={() => {
                focusShown.current = false
                overlay.current?.invalidate()
              }}
              className="pointer-events-none absolute outline-none"
              style={{
                left: focusedBox < 0 ? 0 : picture.boxes.from[focusedBox],
                top: depth * FLAME_ROW_PX - scrollPx,
                width: focusedBox < 0 ? 1 : Math.max(2, picture.boxes.to[focusedBox] - picture.boxes.from[focusedBox]),
                height: FLAME_ROW_PX,
              }}
            />
          </div>
          <div
            ref={tip}
            aria-hidden
            hidden
            className="pointer-events-none fixed z-40 max-w-96 rounded-control border border-line-strong bg-raised px-2 py-1 text-table whitespace-pre-line text-text shadow-float"
          />
        </div>
      </div>
    </div>
  )
}

function boxLines(picture: FlamePicture, box: number, linesOf: (node: number) => readonly string[]): readonly string[] {
  const node = picture.boxes.node[box]
  if (node >= 0) return linesOf(node)
  return [`${picture.boxes.merged[box]} more, each narrower than a pixel`, 'click zooms into their parent']
}

/** The drawn box of a node, −1 where it is merged into another or out of sight. */
function boxOf(picture: FlamePicture, node: number): number {
  const { boxes } = picture
  for (let k = 0; k < boxes.count; k++) if (boxes.node[k] === node) return k
  return -1
}

function neighbour(layout: FlameLayout, node: number, key: string): number | undefined {
  const { tree, rowNodes, rowStart } = layout
  switch (key) {
    case 'ArrowUp':
      return node === 0 ? undefined : tree.parent[node]
    case 'ArrowDown': {
      // The widest child: the way the time went.
      let best: number | undefined
      for (let child = node + 1; child < tree.subtreeEnd[node]; child = tree.subtreeEnd[child]) {
        if (best === undefined || layout.value[child] > layout.value[best]) best = child
      }
      return best
    }
    case 'ArrowLeft':
    case 'ArrowRight': {
      const depth = tree.depth[node]
      const row = rowNodes.subarray(rowStart[depth], rowStart[depth + 1])
      const at = row.indexOf(node) + (key === 'ArrowRight' ? 1 : -1)
      return at >= 0 && at < row.length ? row[at] : undefined
    }
    case 'Home':
      return 0
    default:
      return undefined
  }
}
