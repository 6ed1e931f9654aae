'use client'
import { useEffect, useState } from 'react'
import { formatExact } from '@/lib/base/format.ts'
import type { ReadProgress } from '@/lib/model/read-progress.ts'
import { Button } from './button.tsx'

const SAY_AFTER_MS = 400

export interface WaitingProps {
  /** "the minutes of Pixel Arena" */
  readonly waitsFor: string
  /** How far it has come, where that is known. */
  readonly progress?: ReadProgress | undefined
  readonly onCancel?: (() => void) | undefined
}

/** What a panel waits for, said after 400 ms: quick answers make no flicker. */
export function Waiting({ waitsFor, progress, onCancel }: WaitingProps) {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), SAY_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className="pointer-events-none absolute inset-x-0 top-8 z-10 flex justify-center px-3 text-table text-text-2">
      <div className={late ? 'pointer-events-auto rounded-control border border-line bg-bg px-2 py-1' : ''}>
        <p role="status">{late && `Waiting for ${waitsFor} …`}</p>
        {late && (progress !== undefined || onCancel !== undefined) && (
          <div className="flex items-center gap-3 py-1">
            {progress !== undefined && (
              <>
                <progress
                  aria-label={`Reading ${waitsFor}`}
                  className="h-1 min-w-16 flex-1"
                  max={Math.max(1, progress.of)}
                  value={progress.done}
                />
                <span className="whitespace-nowrap tabular-nums">
                  {formatExact(progress.done)} of {formatExact(progress.of)} {progress.what}
                </span>
              </>
            )}
            {onCancel !== undefined && (
              <span className="ml-auto">
                <Button onClick={onCancel}>Cancel</Button>
              </span>
            )}
          </div>
        )}
      </div>
    </div>
  )
}
