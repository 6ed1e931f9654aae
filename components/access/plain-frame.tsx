import type { ReactNode } from 'react'
import { Mark } from '@/components/shell/top-bar.tsx'

/** A page for people who are not known yet: no search, no sources, nothing that would be refused. */
export function PlainFrame({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex h-10 shrink-0 items-center gap-2 border-b border-line px-3 font-semibold pointer-coarse:h-12">
        <Mark />
        Guildscope
      </header>
      <main className="flex max-w-prose flex-col items-start gap-4 p-3 text-text-2">
        <h1 className="text-title font-semibold text-text">{title}</h1>
        {children}
      </main>
    </div>
  )
}
