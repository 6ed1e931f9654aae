'use client'
import { ExternalLink } from 'lucide-react'
import { useContext } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { Popover } from '@/components/ui/popover.tsx'
import { useViewData } from '@/components/ui/view-data.tsx'
import { isOfTraces, type LinkValues, linkFrom } from '@/lib/base/link-template.ts'
import { BareFrameContext } from './bare-frame.ts'
import { useSources } from './source-health-link.tsx'

/** Ways to the source's own page, to metrics and to logs, as the configuration has them; nothing where it has none, or on evidence. */
export function LinksOut({ values }: { readonly values: LinkValues }) {
  const { frozen } = useViewData()
  const bare = useContext(BareFrameContext)
  return frozen === undefined && !bare ? <Links values={values} /> : undefined
}

function Links({ values }: { readonly values: LinkValues }) {
  const { data } = useSources()
  const { chosen } = useViewData()
  if (data === undefined) return undefined
  const ofTraces = values.traceId !== undefined
  const { defaults } = data.choices
  const asked = new Set([chosen.source ?? defaults.traces, chosen.timings ?? defaults.timings])
  const links = data.links.flatMap(({ label, template, source }) => {
    if (isOfTraces(template) !== ofTraces || (source !== undefined && !asked.has(source))) return []
    const href = linkFrom(template, values)
    return href === undefined ? [] : [{ label, href, source }]
  })
  if (links.length === 0) return undefined
  return (
    <Popover
      title={ofTraces ? 'This trace elsewhere' : 'This guild elsewhere'}
      align="end"
      trigger={
        <Button title={ofTraces ? 'This trace in other systems' : 'This guild and range in other systems'}>
          <ExternalLink size={14} aria-hidden />
          <span className="max-sm:sr-only">Elsewhere</span>
        </Button>
      }
    >
      <ul className="flex w-64 max-w-full flex-col py-2">
        {links.map(({ label, href, source }) => (
          <li key={`${source ?? ''} ${label}`}>
            <a
              href={href}
              target="_blank"
              rel="noreferrer"
              className="flex items-center justify-between gap-2 px-3 py-1.5 hover:bg-raised pointer-coarse:min-h-10"
            >
              <span className="truncate text-accent">{label}</span>
              {source !== undefined && <span className="text-table text-text-2">{source}</span>}
              <span className="sr-only">opens in a new tab</span>
            </a>
          </li>
        ))}
      </ul>
    </Popover>
  )
}
