'use client'
import type { ReactNode } from 'react'
import ReactMarkdown, { type Components } from 'react-markdown'
import remarkGfm from 'remark-gfm'
import { safeLink } from '@/lib/base/safe-link.ts'
import { visibleLines } from '@/lib/draw/text-visible.ts'

const PLUGINS = [remarkGfm]

/** A link that was taken out shows where it would have led. */
function Leading({ to, children }: { readonly to: string | undefined; readonly children: ReactNode }) {
  const href = safeLink(to ?? '')
  if (href === undefined) {
    return (
      <span title={`Not a link that may be followed: ${to ?? ''}`} className="underline decoration-dotted">
        {children}
      </span>
    )
  }
  return (
    <a href={href} target="_blank" rel="noreferrer noopener" className="text-accent wrap-anywhere underline">
      {children}
    </a>
  )
}

/** Tags of ours only; nothing is loaded from anywhere. */
const COMPONENTS: Components = {
  a: ({ href, children }) => <Leading to={href}>{children}</Leading>,
  // A picture from elsewhere tells its host who reads this.
  img: ({ src, alt }) => (
    <Leading to={typeof src === 'string' ? src : undefined}>{alt || 'picture'} (picture, not loaded)</Leading>
  ),
  // Headings of a note stand below those of the page.
  h1: ({ children }) => <h4 className="text-ui font-semibold">{children}</h4>,
  h2: ({ children }) => <h4 className="text-ui font-semibold">{children}</h4>,
  h3: ({ children }) => <h5 className="font-semibold">{children}</h5>,
  h4: ({ children }) => <h6 className="font-semibold">{children}</h6>,
  h5: ({ children }) => <h6 className="font-semibold">{children}</h6>,
  h6: ({ children }) => <h6 className="font-semibold">{children}</h6>,
  ul: ({ children }) => <ul className="list-disc pl-5">{children}</ul>,
  ol: ({ children, start }) => (
    <ol start={start} className="list-decimal pl-5">
      {children}
    </ol>
  ),
  blockquote: ({ children }) => (
    <blockquote className="border-l-2 border-line-strong pl-2 text-text-2">{children}</blockquote>
  ),
  pre: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
    <pre tabIndex={0} className="overflow-x-auto rounded-control bg-surface p-2 font-mono text-table">
      {children}
    </pre>
  ),
  code: ({ children }) => <code className="rounded-control bg-surface px-1 font-mono text-table">{children}</code>,
  table: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the same
    <div tabIndex={0} className="overflow-x-auto">
      <table className="text-table">{children}</table>
    </div>
  ),
  // The library says alignment in a style attribute, which the page's policy refuses in HTML.
  th: ({ children }) => <th className="border border-line px-2 py-0.5 text-left font-semibold">{children}</th>,
  td: ({ children }) => <td className="border border-line px-2 py-0.5">{children}</td>,
  hr: () => <hr className="border-line" />,
  input: ({ checked }) => (
    <span role="img" aria-label={checked ? 'done' : 'to do'}>
      {checked ? '☑' : '☐'}
    </span>
  ),
}

/** Somebody's Markdown: HTML in it is shown as text, links lead where they say, pictures are not loaded. */
export function Markdown({ text }: { readonly text: string }) {
  return (
    <div className="flex min-w-0 flex-col gap-2 wrap-anywhere [&_section]:border-t [&_section]:border-line [&_section]:pt-2">
      <ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS} urlTransform={(address) => address}>
        {visibleLines(text.replace(/\r\n?/g, '\n'))}
      </ReactMarkdown>
    </div>
  )
}
