'use client'
import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { IconButton } from './button.tsx'
import { cx } from './cx.ts'

export interface DialogProps {
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
  readonly title: string
  /** Keep the title for screen readers only. */
  readonly titleHidden?: boolean
  readonly children: ReactNode
  readonly className?: string
}

/** A modal layer: focus stays inside, Esc closes, focus returns to where it was. */
export function Dialog({ open, onOpenChange, title, titleHidden = false, children, className }: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={(next) => onOpenChange(next)}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-scrim" />
        <Base.Popup
          className={cx(
            'fixed top-[10vh] left-1/2 z-50 flex max-h-[80vh] w-[min(40rem,calc(100vw-1.5rem))] -translate-x-1/2 flex-col',
            'overflow-hidden rounded-control border border-line-strong bg-raised text-text shadow-float outline-none',
            className,
          )}
        >
          {titleHidden ? (
            <Base.Title className="sr-only">{title}</Base.Title>
          ) : (
            <div className="flex items-center justify-between border-b border-line py-1.5 pr-1.5 pl-4">
              <Base.Title className="text-ui font-semibold">{title}</Base.Title>
              <Base.Close
                render={
                  <IconButton label="Close">
                    <X size={16} aria-hidden />
                  </IconButton>
                }
              />
            </div>
          )}
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
