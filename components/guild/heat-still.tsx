import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react'
import type { BandTracks } from '@/lib/draw/band.ts'
import { stillBusy, stillCells, stillGround } from '@/lib/draw/heat-still.ts'
import type { GuildFacts, HeatView } from './heat-model.ts'

export interface HeatStillProps {
  readonly facts: GuildFacts
  readonly view: HeatView
  readonly tracks: BandTracks
  readonly rowPx: number
  /** The canvas is there and draws with the next frame. */
  readonly drawn: boolean
}

const never = () => () => undefined

/** The picture that a page from the server brings along, until the canvas has drawn its own. A page that is made here needs none. */
export function HeatStill(props: HeatStillProps) {
  const fromServer = useSyncExternalStore(
    never,
    () => false,
    () => true,
  )
  const [shown, setShown] = useState(fromServer)
  const { drawn } = props
  useEffect(() => {
    if (!drawn || !shown) return
    // The canvas draws in the first frame; in the second its picture is on the screen.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => setShown(false))
    })
    return () => cancelAnimationFrame(frame)
  }, [drawn, shown])
  return shown ? <Still {...props} /> : undefined
}

function Still({ facts, view, tracks, rowPx }: HeatStillProps) {
  const { minutes, rows } = view.map
  const { state } = facts.data
  const busy = stillBusy(facts.totals.busyUs)
  const ground = <path d={stillGround(state)} className="fill-surface" />
  const heat = { y: tracks.height, height: rows * rowPx }
  // Narrow screens begin at the newest minutes, which only the plot's measured width tells.
  return (
    <svg
      aria-hidden
      data-still
      width="100%"
      height={heat.y + heat.height}
      shapeRendering="crispEdges"
      className="pointer-events-none absolute top-0 left-0 max-sm:hidden"
    >
      <Field at={tracks.busy} columns={minutes} rows={1}>
        {ground}
        <path d={busy.d} fill={busy.fill} />
      </Field>
      <Field at={heat} columns={minutes} rows={1}>
        {ground}
      </Field>
      <Field at={heat} columns={minutes} rows={rows}>
        {stillCells(view.levels, minutes, rows).map(({ d, fill }) => (
          <path key={fill} d={d} fill={fill} />
        ))}
      </Field>
      {/* Hairlines between rows, as the canvas has them. */}
      {Array.from({ length: Math.max(0, rows - 1) }, (_, r) => heat.y + (r + 1) * rowPx).map((y) => (
        <rect key={y} y={y} width="100%" height={1} className="fill-bg" />
      ))}
    </svg>
  )
}

interface FieldProps {
  readonly at: { readonly y: number; readonly height: number }
  readonly columns: number
  readonly rows: number
  readonly children: ReactNode
}

/** One unit a column and a row, stretched to the plot's width. */
function Field({ at, columns, rows, children }: FieldProps) {
  return (
    <svg
      aria-hidden
      y={at.y}
      width="100%"
      height={at.height}
      viewBox={`0 0 ${columns} ${rows}`}
      preserveAspectRatio="none"
    >
      {children}
    </svg>
  )
}
