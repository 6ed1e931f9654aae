'use client'
import { CircleSlash, OctagonAlert, TriangleAlert } from 'lucide-react'
import { type ReactNode, useId } from 'react'
import type { Failure } from '@/lib/base/result.ts'
import type { ReadProgress } from '@/lib/model/read-progress.ts'
import { Button } from './button.tsx'
import { cx } from './cx.ts'
import { Waiting } from './waiting.tsx'

export interface PanelProps {
  readonly title: string
  /** Hide the title's line; it stays for screen readers. */
  readonly titleHidden?: boolean
  /** Beside the title: what it shows ("10:10–10:14 · reaction_add"), sample sizes. */
  readonly note?: ReactNode
  /** At the right end of the title's line. */
  readonly actions?: ReactNode
  readonly children: ReactNode
  readonly className?: string
}

/** A named region of a page: one line of title, then its content, which fills the rest. */
export function Panel({ title, titleHidden = false, note, actions, children, className }: PanelProps) {
  const id = useId()
  return (
    <section aria-labelledby={id} className={cx('flex min-h-0 min-w-0 flex-col', className)}>
      {titleHidden ? (
        <h2 id={id} className="sr-only">
          {title}
        </h2>
      ) : (
        <div className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1">
          <h2 id={id} className="text-ui font-semibold whitespace-nowrap">
            {title}
          </h2>
          {note !== undefined && <div className="min-w-0 text-table text-text-2">{note}</div>}
          {actions !== undefined && <div className="ml-auto flex flex-wrap items-center gap-1.5">{actions}</div>}
        </div>
      )}
      {children}
    </section>
  )
}

/** What a panel shows instead of its content. */
export type PanelStateProps =
  | {
      readonly kind: 'loading'
      /** What it waits for, said after 400 ms: "the minutes of Pixel Arena". */
      readonly waitsFor: string
      readonly progress?: ReadProgress | undefined
      readonly onCancel?: () => void
      /** The final layout's shape; by default a few lines. */
      readonly skeleton?: ReactNode
      readonly className?: string
    }
  | {
      readonly kind: 'empty'
      readonly what: string
      /** One thing to do. */
      readonly action?: ReactNode
      readonly className?: string
    }
  | { readonly kind: 'partial'; readonly notes: readonly string[]; readonly className?: string }
  | {
      readonly kind: 'failed'
      readonly failure: Failure
      readonly retry?: () => void
      readonly className?: string
    }

/** Loading, empty, partial and failed look the same in every panel. `partial` is one line to put above the content. */
export function PanelState(props: PanelStateProps) {
  switch (props.kind) {
    case 'loading':
      return <Loading {...props} />
    case 'empty':
      return (
        <Message className={props.className} icon={<CircleSlash size={16} aria-hidden className="text-text-3" />}>
          <p>{props.what}</p>
          {props.action}
        </Message>
      )
    case 'partial':
      return props.notes.length === 0 ? undefined : (
        <div className={cx('flex items-start gap-1.5 px-3 py-1 text-table text-text-2', props.className)}>
          <TriangleAlert size={14} aria-hidden className="mt-px shrink-0 text-warn" />
          <p>{props.notes.join(' ')}</p>
        </div>
      )
    case 'failed':
      return (
        <Message
          role="alert"
          className={props.className}
          icon={<OctagonAlert size={16} aria-hidden className="text-bad" />}
        >
          <p className="text-text">{props.failure.what}</p>
          <p>{props.failure.tryThis}</p>
          <p className="text-table text-text-3">Source: {props.failure.source}</p>
          {props.retry !== undefined && <Button onClick={props.retry}>Try again</Button>}
        </Message>
      )
  }
}

interface MessageProps {
  readonly icon: ReactNode
  readonly children: ReactNode
  readonly className?: string
  readonly role?: 'alert'
}

function Message({ icon, children, className, role }: MessageProps) {
  return (
    <div role={role} className={cx('flex items-start justify-center gap-2 px-4 py-8 text-ui text-text-2', className)}>
      <span className="mt-0.5 shrink-0">{icon}</span>
      <div className="flex max-w-prose flex-col items-start gap-2">{children}</div>
    </div>
  )
}

function Loading({ skeleton, className, ...waiting }: Extract<PanelStateProps, { kind: 'loading' }>) {
  return (
    <div aria-busy className={cx('relative min-h-24', className)}>
      {skeleton ?? (
        <div aria-hidden className="flex flex-col gap-3 p-3">
          <div className="skeleton h-3 w-2/3" />
          <div className="skeleton h-3 w-1/2" />
          <div className="skeleton h-3 w-3/5" />
        </div>
      )}
      <Waiting {...waiting} />
    </div>
  )
}
