import { CircleCheck, OctagonAlert, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

export type StatusKind = 'ok' | 'warn' | 'bad'

const LOOK = {
  ok: { Icon: CircleCheck, tone: 'text-ok' },
  warn: { Icon: TriangleAlert, tone: 'text-warn' },
  bad: { Icon: OctagonAlert, tone: 'text-bad' },
} as const

/** A state as icon and word; colour only repeats it. */
export function Status({ kind, children, className }: StatusProps) {
  const { Icon, tone } = LOOK[kind]
  return (
    <span className={cx('inline-flex items-center gap-1', tone, className)}>
      <Icon size={14} aria-hidden className="shrink-0" />
      <span>{children}</span>
    </span>
  )
}

export interface StatusProps {
  readonly kind: StatusKind
  readonly children: ReactNode
  readonly className?: string
}
