'use client'
import { formatExact } from '@/lib/base/format.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import type { Attribute } from '@/lib/model/span-columns.ts'
import { LongText } from './long-text.tsx'
import { useKeptDetail } from './use-kept-detail.ts'

const FIRST = 60
/** A filter is offered from this many on. */
const FILTER_FROM = 8

export interface AttributeListProps {
  readonly label: string
  /** Its place among the span's details, for the address. */
  readonly name: string
  readonly attributes: readonly Attribute[]
}

/** Attributes as key, type and exact value; a filter over keys and values where there are many. */
export function AttributeList({ label, name, attributes }: AttributeListProps) {
  const [filter, setFilter] = useKeptDetail(`${name}.filter`)
  const [opened, setOpened] = useKeptDetail(`${name}.all`)
  const all = opened !== ''
  const needle = filter.toLowerCase()
  const matching = attributes
    .map((attribute, at) => ({ ...attribute, at }))
    .filter(({ key, value }) => key.toLowerCase().includes(needle) || value.toLowerCase().includes(needle))
  const shown = all ? matching : matching.slice(0, FIRST)
  if (attributes.length === 0) return <p className="text-table text-text-3">None.</p>
  return (
    <div>
      {attributes.length >= FILTER_FROM && (
        <input
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
          placeholder={`Filter ${formatExact(attributes.length)}`}
          aria-label={`Filter ${label}`}
          spellCheck={false}
          className="mb-1 h-6 w-full rounded-control border border-control-line bg-transparent px-2 text-table outline-none focus:border-accent pointer-coarse:h-10"
        />
      )}
      <dl>
        {shown.map(({ key, type, value, at }) => (
          <div
            key={at}
            className="grid grid-cols-[minmax(7rem,2fr)_3fr] gap-2 border-t border-line py-1 first:border-t-0"
          >
            <dt className="min-w-0 text-table wrap-anywhere text-text-2">
              {visibleText(key)}
              {type !== 'string' && <span className="ml-1 text-axis text-text-3">{type}</span>}
            </dt>
            <dd className="min-w-0">
              <LongText text={value} name={`${name}.${at}`} what={`value of ${visibleText(key).slice(0, 60)}`} />
            </dd>
          </div>
        ))}
      </dl>
      {matching.length > shown.length && (
        <button type="button" className="text-table text-accent underline" onClick={() => setOpened('1')}>
          Show all {formatExact(matching.length)}
        </button>
      )}
      {matching.length === 0 && (
        <p className="text-table text-text-3">No key or value contains “{visibleText(filter)}”.</p>
      )}
    </div>
  )
}
