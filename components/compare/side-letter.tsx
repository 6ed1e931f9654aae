import { cx } from '@/components/ui/cx.ts'
import { LETTERS } from './compare-view.ts'

const FILL = ['border-side-1', 'border-side-2', 'border-side-3', 'border-side-4'] as const

/** A side as its letter over its colour: never hue alone. */
export function SideLetter({ index, className }: { readonly index: number; readonly className?: string }) {
  return (
    <span
      role="img"
      aria-label={`side ${LETTERS[index]}`}
      className={cx(
        'inline-flex h-5 w-5 shrink-0 items-center justify-center border-b-2 text-table font-semibold text-text',
        FILL[index],
        className,
      )}
    >
      {LETTERS[index]}
    </span>
  )
}
