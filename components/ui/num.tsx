import type { ReactNode } from 'react'
import { cx } from './cx.ts'

export interface NumProps {
  /** Already formatted by `lib/base/format`. */
  readonly children: ReactNode
  /** What it rests on (`n = 1,204 of ≈ 240,000`), shown on hover. */
  readonly basis?: string
  readonly className?: string
}

/** A number in tabular figures that never breaks across lines. */
export function Num({ children, basis, className }: NumProps) {
  return (
    <span title={basis} className={cx('whitespace-nowrap tabular-nums', className)}>
      {children}
    </span>
  )
}
