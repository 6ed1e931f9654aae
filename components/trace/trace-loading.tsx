'use client'

const ROWS = [
  [0, 0, 96],
  [1, 2, 90],
  [2, 6, 30],
  [2, 38, 44],
  [3, 46, 30],
  [4, 50, 22],
  [4, 54, 40],
] as const

export interface LoadingProps {
  readonly what: string
  /** 0–1; undefined where nobody knows. */
  readonly share: number | undefined
}

/** The waterfall's shape while the trace comes, and how far it has come. */
export function Loading({ what, share }: LoadingProps) {
  return (
    <div aria-busy className="relative flex min-h-0 flex-1 flex-col">
      <div aria-hidden className="flex flex-col gap-2 border-b border-line p-3">
        <div className="skeleton h-4 w-1/3" />
        <div className="skeleton h-3 w-1/2" />
      </div>
      <svg aria-hidden className="m-3 h-64 w-[calc(100%-1.5rem)]" viewBox="0 0 100 64" preserveAspectRatio="none">
        {ROWS.map(([level, from, width], k) => (
          <g key={`${level}/${from}`} className="fill-raised">
            <rect x={level * 1.2} y={k * 8} width={16} height={3.4} />
            <rect x={26 + from * 0.74} y={k * 8} width={width * 0.74} height={3.4} />
          </g>
        ))}
      </svg>
      <div className="absolute inset-x-0 top-24 flex justify-center px-3">
        <div className="flex w-72 flex-col gap-1.5 rounded-control border border-line bg-bg px-3 py-2">
          <p role="status" className="text-table text-text-2 tabular-nums">
            {what}
          </p>
          <progress aria-label="The trace" className="h-1 w-full" max={1} value={share} />
        </div>
      </div>
    </div>
  )
}
