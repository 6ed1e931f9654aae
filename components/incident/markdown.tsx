'use client'
import { lazy, Suspense } from 'react'
import { visibleLines } from '@/lib/draw/text-visible.ts'

/** Its libraries are a sixth of the page's scripts, and an incident is looked at before its notes are. */
const MarkdownText = lazy(async () => ({ default: (await import('./markdown-text.tsx')).MarkdownText }))

/** Somebody's Markdown: HTML in it is shown as text, links lead where they say, pictures are not loaded. Until its reader is there, as it was written. */
export function Markdown({ text }: { readonly text: string }) {
  const lines = visibleLines(text.replace(/\r\n?/g, '\n'))
  return (
    <div className="flex min-w-0 flex-col gap-2 wrap-anywhere [&_section]:border-t [&_section]:border-line [&_section]:pt-2">
      <Suspense fallback={<p className="whitespace-pre-wrap">{lines}</p>}>
        <MarkdownText text={lines} />
      </Suspense>
    </div>
  )
}
