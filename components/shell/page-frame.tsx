'use client'
import { type ReactNode, useContext } from 'react'
import { useKeptScroll } from '@/components/ui/use-kept-scroll.ts'
import { BareFrameContext } from './bare-frame.ts'
import { type Crumb, TopBar } from './top-bar.tsx'

export interface PageFrameProps {
  /** Where one is, after the product's name. The last is this page. */
  readonly crumbs: readonly Crumb[]
  /** The page's one title. Left out, the last crumb is its heading (for screen readers only). */
  readonly title?: ReactNode
  /** At the right end of the title's line: the page's own controls. */
  readonly actions?: ReactNode
  /** The time range control, in the bar. */
  readonly timeRange?: ReactNode
  /** Fills what is left of the window; scrolls only when it is taller. */
  readonly children: ReactNode
}

/** The 40 px bar, an optional title line, and the page. */
export function PageFrame({ crumbs, title, actions, timeRange, children }: PageFrameProps) {
  const scroller = useKeptScroll('page')
  const bare = useContext(BareFrameContext)
  return (
    <div className={bare ? 'flex min-h-0 flex-1 flex-col' : 'flex h-dvh flex-col'}>
      {!bare && <SkipLink />}
      {!bare && <TopBar crumbs={crumbs} timeRange={timeRange} />}
      <main
        ref={scroller}
        id="main"
        tabIndex={-1}
        className="relative flex min-h-0 flex-1 flex-col overflow-auto outline-none"
      >
        {title === undefined && <h1 className="sr-only">{crumbs.at(-1)?.label ?? 'Guildscope'}</h1>}
        {(title !== undefined || actions !== undefined) && (
          <div className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-3 py-1.5">
            {title !== undefined && <h1 className="min-w-0 text-title font-semibold">{title}</h1>}
            {actions !== undefined && <div className="ml-auto flex flex-wrap items-center gap-1.5">{actions}</div>}
          </div>
        )}
        {children}
      </main>
    </div>
  )
}

function SkipLink() {
  return (
    // biome-ignore lint/a11y/useValidAnchor: it leads to a place; only the fragment stays, which holds the view in an exported file
    <a
      href="#main"
      onClick={(event) => {
        event.preventDefault()
        document.getElementById('main')?.focus()
      }}
      className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-raised focus:px-3 focus:py-2 focus:text-accent"
    >
      Skip to the page
    </a>
  )
}
