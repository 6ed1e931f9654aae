import type { SiblingStanding } from '@/lib/analysis/waterfall-siblings.ts'
import { formatDuration, formatExact } from '@/lib/base/format.ts'

/** Where a span stands between the fastest and the slowest of its siblings. */
export function SiblingBar({ standing, duration }: { readonly standing: SiblingStanding; readonly duration: number }) {
  const { count, faster, equal, min, max } = standing
  if (count < 2) return <p className="text-table text-text-3">The only one of its name here.</p>
  // The middle of its ties, so that the slowest of equals is not called the fastest.
  const share = (faster + (equal - 1) / 2) / (count - 1)
  const at = max > min ? (duration - min) / (max - min) : 0.5
  return (
    <div>
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden className="h-2.5 w-full">
        <rect x="0" y="4" width="100" height="2" className="fill-line-strong" />
        <rect x={share * 99} y="0" width="1" height="10" className="fill-accent" />
      </svg>
      <p className="text-table text-text-2">
        Slower than {formatExact(faster)} of {formatExact(count - 1)} siblings of its name ({formatDuration(min)} –{' '}
        {formatDuration(max)}
        {max > min && at > 0.999 ? '; the slowest' : ''}).
      </p>
    </div>
  )
}
