'use client'
import type { ReactNode } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { Kbd } from '@/components/ui/kbd.tsx'
import { Link } from '@/components/ui/navigation.tsx'
import { layers } from './layers.ts'
import { PageFrame } from './page-frame.tsx'

export interface DeadEndProps {
  readonly crumb: string
  readonly title: string
  /** What happened and what to try, in sentences. */
  readonly children: ReactNode
  readonly retry?: () => void
}

/** A page that cannot be shown, and the ways on from it. */
export function DeadEnd({ crumb, title, children, retry }: DeadEndProps) {
  return (
    <PageFrame crumbs={[{ label: 'Guilds', href: '/' }, { label: crumb }]} title={title}>
      <div className="flex max-w-prose flex-col items-start gap-4 p-3 text-text-2">
        {children}
        <div className="flex flex-wrap items-center gap-3">
          {retry !== undefined && <Button onClick={retry}>Try again</Button>}
          <Button onClick={() => layers.set('palette', true)}>
            Find a guild or a trace <Kbd keys="Mod+K" />
          </Button>
          <Link href="/" className="text-accent underline">
            All guilds
          </Link>
          <Link href="/sources" className="text-accent underline">
            Sources
          </Link>
        </div>
      </div>
    </PageFrame>
  )
}
