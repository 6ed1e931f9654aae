import { useId } from 'react'
import { cx } from '@/components/ui/cx.ts'
import type { LastPath as Path, PathPart } from '@/lib/analysis/waterfall-last-path.ts'
import { formatDuration, formatPercent } from '@/lib/base/format.ts'
import { STAGES } from '@/lib/model/stages.ts'

const FILL = [
  'fill-stage-unknown',
  'fill-stage-client',
  'fill-stage-api',
  'fill-stage-guild',
  'fill-stage-relay',
  'fill-stage-session',
  'fill-stage-gateway',
] as const
const STROKE = [
  'stroke-stage-unknown',
  'stroke-stage-client',
  'stroke-stage-api',
  'stroke-stage-guild',
  'stroke-stage-relay',
  'stroke-stage-session',
  'stroke-stage-gateway',
] as const

function wordsOf(part: PathPart): string {
  const stage = STAGES[part.stageId]
  if (part.kind === 'wait') return `${stage} wait`
  return part.kind === 'work' ? `${stage} work` : `unaccounted, before ${stage}`
}

/** Which hop dominates: the way to the last end as one thin bar, and its largest parts in words. */
export function LastPath({ path }: { readonly path: Path }) {
  const id = useId()
  const { parts, totalNs } = path
  if (parts.length < 2) return undefined
  const largest = [...parts].sort((a, b) => b.ns - a.ns).slice(0, 4)
  let x = 0
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-3 py-1 text-table text-text-2">
      <span
        className="whitespace-nowrap"
        title="From the root always on into the child whose subtree ends last: its waits, its work, and what lies between."
      >
        The way to the last end
      </span>
      <svg
        viewBox="0 0 1000 10"
        preserveAspectRatio="none"
        aria-hidden
        className="h-2.5 w-60 min-w-40 flex-1 sm:max-w-md"
      >
        <defs>
          {STROKE.map((stroke, stage) => (
            <pattern
              key={stroke}
              id={`${id}-${stage}`}
              width="8"
              height="10"
              patternUnits="userSpaceOnUse"
              className={stroke}
            >
              <path d="M0 10 L8 0" strokeWidth="1.5" fill="none" />
            </pattern>
          ))}
        </defs>
        {parts.map((part) => {
          const width = (part.ns / totalNs) * 1000
          const at = x
          x += width
          return part.kind === 'between' ? (
            <rect key={at} x={at} y="4.5" width={width} height="1" className="fill-text-3" />
          ) : (
            <g key={at} className={FILL[part.stageId]}>
              <rect x={at} y="0" width={width} height="10" opacity={part.kind === 'wait' ? 0.25 : 1} />
              {part.kind === 'wait' && (
                <rect x={at} y="0" width={width} height="10" fill={`url(#${id}-${part.stageId})`} />
              )}
            </g>
          )
        })}
      </svg>
      <ul aria-label="The largest parts of the way to the last end" className="flex flex-wrap gap-x-3 tabular-nums">
        {largest.map((part, k) => (
          <li
            key={`${wordsOf(part)}/${part.ns}`}
            className={cx('whitespace-nowrap', k === 0 && 'font-semibold text-text')}
          >
            {wordsOf(part)} {formatDuration(part.ns)} ({formatPercent(part.ns / totalNs)})
          </li>
        ))}
      </ul>
    </div>
  )
}
