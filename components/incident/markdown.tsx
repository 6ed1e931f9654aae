'use client'
import { lazy, Suspense, useEffect } from 'react'
import { visibleLines } from '@/lib/draw/text-visible.ts'

const load = () => import('./markdown-text.tsx')
/** The page has its first pictures by then. */
const BEFOREHAND_MS = 500

/** Its libraries are a sixth of the page's scripts, and an incident is looked at before its notes are. */
const MarkdownText = lazy(async () => {
  const loaded = await load().catch(() => undefined)
  return { default: loaded?.MarkdownText ?? AsWritten }
})

/** What there is to read while the libraries are on their way, and when they cannot be had: the server may be away while somebody writes. */
function AsWritten({ text }: { readonly text: string }) {
  return <p className="whitespace-pre-wrap">{text}</p>
}

/** Loads what notes are shown with, before the first one is written. */
export function useMarkdownBeforehand(): void {
  useEffect(() => {
    const timer = setTimeout(() => void load().catch(() => undefined), BEFOREHAND_MS)
    return () => clearTimeout(timer)
  }, [])
}

/** Somebody's Markdown: HTML in it is shown as text, links lead where they say, pictures are not loaded. */
export function Markdown({ text }: { readonly text: string }) {
  const lines = visibleLines(text.replace(/\r\n?/g, '\n'))
  return (
    <div className="flex min-w-0 flex-col gap-2 wrap-anywhere [&_section]:border-t [&_section]:border-line [&_section]:pt-2">
      <Suspense fallback={<AsWritten text={lines} />}>
        <MarkdownText text={lines} />
      </Suspense>
    </div>
  )
}
