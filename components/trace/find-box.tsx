'use client'
import { ChevronDown, ChevronUp, Search } from 'lucide-react'
import { type RefObject, useEffect, useState } from 'react'
import { IconButton } from '@/components/ui/button.tsx'
import { formatExact } from '@/lib/base/format.ts'
import { useModel, useModelValue } from './use-model.ts'

/** Any part of a name, service, node, action or relay. Enter and Shift+Enter step; time moves only when asked (F). */
export function FindBox({ input }: { readonly input: RefObject<HTMLInputElement | null> }) {
  const model = useModel()
  const [text, setText] = useState(model.query)
  const told = useModelValue(model, 'find', () => {
    if (model.query.trim() === '') return ''
    const count = formatExact(model.hits.length)
    return model.hitAt < 0 ? `${count} found` : `${formatExact(model.hitAt + 1)} of ${count}`
  })
  useEffect(() => {
    const timer = setTimeout(() => model.find(text), 80)
    return () => clearTimeout(timer)
  }, [model, text])
  const step = (direction: 1 | -1) => {
    model.find(text)
    model.step(direction)
  }
  return (
    <search className="flex items-center gap-0.5">
      <label className="flex h-7 items-center gap-1.5 rounded-control border border-control-line px-2 focus-within:border-accent pointer-coarse:h-10">
        <Search size={14} aria-hidden className="shrink-0 text-text-3" />
        <input
          ref={input}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') step(event.shiftKey ? -1 : 1)
            else if (event.key === 'Escape') {
              setText('')
              model.find('')
              event.currentTarget.blur()
            }
          }}
          placeholder="Find spans"
          aria-label="Find spans by name, service, node, action or relay"
          spellCheck={false}
          className="w-32 bg-transparent text-ui outline-none sm:w-40"
        />
        <span role="status" className="min-w-0 text-table whitespace-nowrap text-text-2 tabular-nums">
          {told}
        </span>
      </label>
      <IconButton label="Previous hit" title="Previous hit (Shift+Enter)" onClick={() => step(-1)}>
        <ChevronUp size={14} aria-hidden />
      </IconButton>
      <IconButton label="Next hit" title="Next hit (Enter)" onClick={() => step(1)}>
        <ChevronDown size={14} aria-hidden />
      </IconButton>
    </search>
  )
}
