export type Side = 'top' | 'bottom' | 'left' | 'right'
export type Align = 'start' | 'center' | 'end'

interface Size {
  readonly width: number
  readonly height: number
}
interface Box extends Size {
  readonly left: number
  readonly top: number
}

const GAP_PX = 6
const EDGE_PX = 8

const SHARE: Readonly<Record<Align, number>> = { start: 0, center: 0.5, end: 1 }
const OPPOSITE: Readonly<Record<Side, Side>> = { top: 'bottom', bottom: 'top', left: 'right', right: 'left' }

/**
 * Upper left corner (CSS px in the window) of a box beside its anchor: on the asked side, on the other where that has no room, and
 * never beyond the window's edges. `align`: which edges stand in line.
 */
export function placeBeside(
  anchor: Box,
  box: Size,
  view: Size,
  side: Side,
  align: Align = 'center',
): { readonly left: number; readonly top: number } {
  const at = (wanted: Side): { left: number; top: number } => ({
    left:
      wanted === 'left'
        ? anchor.left - box.width - GAP_PX
        : wanted === 'right'
          ? anchor.left + anchor.width + GAP_PX
          : anchor.left + (anchor.width - box.width) * SHARE[align],
    top:
      wanted === 'top'
        ? anchor.top - box.height - GAP_PX
        : wanted === 'bottom'
          ? anchor.top + anchor.height + GAP_PX
          : anchor.top + (anchor.height - box.height) * SHARE[align],
  })
  const fits = (place: { left: number; top: number }, wanted: Side): boolean =>
    wanted === 'left' || wanted === 'right'
      ? place.left >= EDGE_PX && place.left + box.width <= view.width - EDGE_PX
      : place.top >= EDGE_PX && place.top + box.height <= view.height - EDGE_PX
  const first = at(side)
  const second = at(OPPOSITE[side])
  const place = fits(first, side) || !fits(second, OPPOSITE[side]) ? first : second
  return {
    left: Math.round(clamp(place.left, EDGE_PX, view.width - EDGE_PX - box.width)),
    top: Math.round(clamp(place.top, EDGE_PX, view.height - EDGE_PX - box.height)),
  }
}

function clamp(x: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, x))
}
