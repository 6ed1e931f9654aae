import { cx } from '@/components/ui/cx.ts'
import { formatBusy } from '@/lib/base/format.ts'
import { busyBars, toColumns } from './bars.ts'

const HEIGHT = 20
const FULL_US = 60_000_000

/**
 * Busy time per minute, the 60 s line at its upper edge. Saturated minutes stand out by their cap, not by colour alone; minutes
 * without a sample are ticks on the base line.
 */
export function BusySparkline({
  busyUs,
  className,
}: {
  readonly busyUs: readonly number[]
  readonly className?: string
}) {
  const { columns } = toColumns(busyUs)
  const paths = busyBars(columns, HEIGHT, FULL_US)
  const known = busyUs.filter((us) => us >= 0)
  const peak = known.length === 0 ? undefined : Math.max(...known)
  return (
    <svg
      role="img"
      aria-label={peak === undefined ? 'no samples' : `peak ${formatBusy(peak)} in a minute`}
      viewBox={`0 -1 ${Math.max(1, columns.length)} ${HEIGHT + 1}`}
      preserveAspectRatio="none"
      className={cx('block overflow-visible', className)}
    >
      <path
        d={`M0 -.5h${columns.length}`}
        className="stroke-line-strong"
        vectorEffect="non-scaling-stroke"
        strokeDasharray="2 3"
      />
      <path d={paths.unknown} className="stroke-text-3" vectorEffect="non-scaling-stroke" />
      <path d={paths.ordinary} className="fill-text-3" />
      <path d={paths.saturated} className="fill-stage-guild" />
      <path d={paths.caps} className="stroke-saturated" strokeWidth={2} vectorEffect="non-scaling-stroke" />
    </svg>
  )
}
