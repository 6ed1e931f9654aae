'use client'
import { Database } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { cx } from '@/components/ui/cx.ts'
import { Link, pageHost, useNavigate } from '@/components/ui/navigation.tsx'
import { Popover } from '@/components/ui/popover.tsx'
import { browserViewStore } from '@/components/ui/use-view-state.ts'
import { useViewData } from '@/components/ui/view-data.tsx'
import type { SourceChoice, SourceLack } from '@/lib/model/instance.ts'
import { withParam } from '@/lib/view/view-state.ts'
import { useSources } from './source-health-link.tsx'

type What = 'source' | 'timings'

const LACK: Readonly<Record<SourceLack, string>> = {
  links: 'no links',
  nanoseconds: 'no nanoseconds',
  weights: 'no sampling weights',
  hours: '',
}

function lackWords(kind: string, lacks: readonly SourceLack[]): string {
  if (kind === 'derived') return 'estimated from sampled spans'
  if (kind === 'prometheus') return 'approximate minutes'
  return lacks
    .map((lack) => LACK[lack])
    .filter((word) => word !== '')
    .join(', ')
}

/** Which of the configured sources the page asks; nothing where there is no choice. */
export function SourcePicker() {
  const { data } = useSources()
  const { chosen } = useViewData()
  const navigate = useNavigate()
  const [open, setOpen] = useState(false)
  if (data === undefined) return undefined
  const { traces, timings, defaults } = data.choices
  if (traces.length < 2 && timings.length < 2) return undefined
  const current = { source: chosen.source ?? defaults.traces, timings: chosen.timings ?? defaults.timings }
  const words = [...new Set([current.source, current.timings].filter((name) => name !== undefined))].join(' · ')
  const choose = (what: What, name: string) => {
    const store = browserViewStore()
    store.flush()
    const standard = what === 'source' ? defaults.traces : defaults.timings
    setOpen(false)
    // A name of its own, also where it is the default: else a link out of it would choose the old one again.
    navigate(
      `${pageHost().location.pathname}${withParam(store.search(), what, name === standard && chosen[what] === undefined ? undefined : name)}`,
    )
  }
  const failing = new Map(
    data.sources
      .filter((one) => !one.ok && one.asking !== true)
      .map((one) => [one.name, one.failure?.what ?? 'It does not answer.']),
  )
  const list = (what: What, choices: readonly SourceChoice[], title: string) => (
    <fieldset className="flex flex-col">
      <legend className="px-3 pb-1 text-table text-text-2">{title}</legend>
      {choices.length === 0 && <p className="px-3 py-1 text-table text-text-2">None is configured.</p>}
      {choices.map(({ name, kind, limits, lacks }) => (
        <label
          key={name}
          className="flex cursor-pointer items-start gap-2 px-3 py-1.5 hover:bg-raised has-focus-visible:bg-raised pointer-coarse:min-h-10"
        >
          <input
            type="radio"
            name={`choice of ${what}`}
            checked={current[what] === name}
            onChange={() => choose(what, name)}
            className="mt-1 accent-accent"
          />
          <span className="min-w-0">
            <span className={cx(current[what] === name && 'font-semibold')}>{name}</span>{' '}
            {kind !== name && <span className="text-table text-text-2">{kind}</span>}
            {failing.has(name) && <span className="block text-table text-bad">{failing.get(name)}</span>}
            {/* The whole list stands on the page of sources. */}
            {lackWords(kind, lacks) !== '' && (
              <span title={limits.join(' ')} className="block text-table text-text-2">
                {lackWords(kind, lacks)}
              </span>
            )}
          </span>
        </label>
      ))}
    </fieldset>
  )
  return (
    <Popover
      title="Sources of this page"
      align="end"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button title={`Traces from ${current.source ?? 'nowhere'}, timings from ${current.timings ?? 'nowhere'}`}>
          <Database size={14} aria-hidden />
          <span className="max-w-40 truncate max-lg:sr-only">
            <span className="sr-only">Asks </span>
            {words}
          </span>
        </Button>
      }
    >
      <div className="flex max-h-[70dvh] w-72 max-w-full flex-col gap-3 overflow-y-auto py-3">
        {list('source', traces, 'Traces from')}
        {list('timings', timings, 'Timings from')}
        <Link href="/sources" className="px-3 text-accent hover:underline pointer-coarse:py-2">
          How the sources are
        </Link>
      </div>
    </Popover>
  )
}
