'use client'
import { useMemo } from 'react'
import { StageGlyph } from '@/components/ui/stage-glyph.tsx'
import { useKeptScroll } from '@/components/ui/use-kept-scroll.ts'
import { byName, type NameRow } from '@/lib/analysis/flame-names.ts'
import { formatCount, formatDuration } from '@/lib/base/format.ts'
import type { CallTree } from '@/lib/model/call-tree.ts'
import type { GuildView } from './guild-view.ts'

type Column = GuildView['names']
const COLUMNS: readonly { readonly key: Column; readonly label: string; readonly print: (row: NameRow) => string }[] = [
  { key: 'spans', label: 'Spans', print: (row) => formatCount(row.spans) },
  { key: 'selfNs', label: 'Self', print: (row) => formatDuration(row.selfNs) },
  { key: 'totalNs', label: 'Total', print: (row) => formatDuration(row.totalNs) },
  { key: 'waitNs', label: 'Wait', print: (row) => (row.waitNs > 0 ? formatDuration(row.waitNs) : '–') },
  { key: 'errors', label: 'Errors', print: (row) => (row.errors > 0 ? formatCount(row.errors) : '–') },
]
const SHOWN = 200

export interface FlameTableProps {
  readonly tree: CallTree
  readonly find: string
  readonly sort: Column
  readonly onSort: (sort: Column) => void
}

/** The flame graph's numbers by span name. */
export function FlameTable({ tree, find, sort, onSort }: FlameTableProps) {
  const scroller = useKeptScroll('names')
  const all = useMemo(() => byName(tree), [tree])
  const wanted = find.trim().toLowerCase()
  const rows = all.filter((row) => row.name.toLowerCase().includes(wanted)).sort((a, b) => b[sort] - a[sort])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
    <section ref={scroller} className="min-h-0 flex-1 overflow-auto" tabIndex={0} aria-label="Spans by name">
      <table className="w-full text-table">
        <thead className="sticky top-0 bg-bg text-text-2">
          <tr className="border-b border-line">
            <th scope="col" className="py-1 pl-3 text-left font-normal">
              Name
            </th>
            {COLUMNS.map(({ key, label }) => (
              <th
                key={key}
                scope="col"
                aria-sort={sort === key ? 'descending' : undefined}
                className="px-2 py-1 text-right font-normal"
              >
                <button
                  type="button"
                  onClick={() => onSort(key)}
                  className={sort === key ? 'text-text' : 'hover:text-text'}
                >
                  {label}
                  {sort === key ? ' ↓' : ''}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN).map((row) => (
            <tr key={`${row.stageId} ${row.name}`} className="border-b border-line">
              <th scope="row" className="max-w-0 py-0.5 pl-3 text-left font-normal">
                <span className="flex items-center gap-2">
                  <StageGlyph stageId={row.stageId} />
                  <span className="truncate">{row.name}</span>
                </span>
              </th>
              {COLUMNS.map(({ key, print }) => (
                <td key={key} className="w-20 px-2 text-right whitespace-nowrap">
                  {print(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > SHOWN && (
        <p className="px-3 py-1 text-table text-text-2">
          Showing {SHOWN} of {rows.length} names; search to find the others.
        </p>
      )}
    </section>
  )
}
