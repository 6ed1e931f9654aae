'use client'
import { useMemo } from 'react'
import { measureName, shownName } from '@/components/guild/words.ts'
import { Button } from '@/components/ui/button.tsx'
import { cx } from '@/components/ui/cx.ts'
import { Panel, PanelState } from '@/components/ui/panel.tsx'
import { type ActionFigures, actionDiff, per1000Sessions, sortRows } from '@/lib/analysis/action-diff.ts'
import { basisWords, changeWords, differenceWords, printBusy, printCount, printUs, timesWords } from './action-words.ts'
import { type CompareView, selectedRange } from './compare-view.ts'
import { SideLetter } from './side-letter.tsx'
import { type ReadySide, useSame } from './use-sides.ts'

/** More rows than this help nobody at once. */
const ROWS = 60

interface Column {
  readonly key: 'busy' | 'count' | 'arrived' | 'cost' | 'wait'
  readonly label: string
  readonly title: string
  /** A rate, which can be for every 1,000 sessions. */
  readonly isRate: boolean
  readonly of: (figures: ActionFigures) => number
  readonly print: (value: number) => string
}

const COLUMNS: readonly Column[] = [
  {
    key: 'busy',
    label: 'Busy/min',
    title: 'Process time in a minute, on average',
    isRate: true,
    of: (figures) => figures.busyUsPerMinute,
    print: printBusy,
  },
  {
    key: 'arrived',
    label: 'Arrived/min',
    title: 'Messages put into the mailbox in a minute',
    isRate: true,
    of: (figures) => figures.arrivedPerMinute,
    print: printCount,
  },
  {
    key: 'count',
    label: 'Handled/min',
    title: 'Messages handled in a minute; a saturated process handles less than arrives',
    isRate: true,
    of: (figures) => figures.countPerMinute,
    print: printCount,
  },
  {
    key: 'cost',
    label: 'Mean cost',
    title: 'Process time of a message',
    isRate: false,
    of: (figures) => figures.costUs,
    print: printUs,
  },
  {
    key: 'wait',
    label: measureName('wait', 'mean'),
    title: 'In the mailbox',
    isRate: false,
    of: (figures) => figures.waitUs,
    print: printUs,
  },
]

export interface ActionTableProps {
  readonly view: CompareView
  readonly sides: readonly ReadySide[]
  /** Place of the base among these sides. */
  readonly base: number
  readonly move: (change: Partial<CompareView>) => void
}

/** Action types with a group of columns a side: figures, and how they differ from the base's. */
export function ActionTable({ view, sides, base, move }: ActionTableProps) {
  const facts = useSame(sides.map((side) => side.facts))
  const ranges = sides.map(({ side, range }) => selectedRange(side, range))
  const rangeKey = ranges.map(({ fromMs, toMs }) => `${fromMs}-${toMs}`).join(' ')
  // biome-ignore lint/correctness/useExhaustiveDependencies: the ranges, in one text
  const diff = useMemo(() => actionDiff(facts.map(({ data }, i) => ({ data, ...ranges[i] }))), [facts, rangeKey])
  const unknownSessions = sides.filter((_, i) => diff.bases[i].sessions <= 0).map(({ letter }) => letter)
  const scaled = view.per1k && unknownSessions.length === 0
  const table = useMemo(() => {
    const scale = (figures: readonly ActionFigures[]) =>
      scaled ? figures.map((one, i) => per1000Sessions(one, diff.bases[i])) : figures
    const rows = diff.rows.map((row) => ({ ...row, figures: scale(row.figures) }))
    return { rows: sortRows(rows, base, view.sort), totals: scale(diff.totals) }
  }, [diff, scaled, base, view.sort])
  // A column that no side can fill is not offered.
  const columns = COLUMNS.filter(({ of }) => table.totals.some((figures) => of(figures) >= 0))
  const rows = table.rows.slice(0, ROWS)
  const sortHead = (sort: CompareView['sort'], label: string) => (
    <button
      type="button"
      onClick={() => move({ sort })}
      className={cx('hover:text-text pointer-coarse:min-h-10', view.sort === sort && 'text-text')}
    >
      {label}
      {view.sort === sort ? ' ↓' : ''}
    </button>
  )
  return (
    <Panel
      title="Actions"
      note={
        (view.sort === 'difference'
          ? 'First what differs most from the base in busy time a minute.'
          : 'Differences and ratios are against the base.') +
        (scaled ? ' Rates are for every 1,000 connected sessions (“/1k”); cost and wait are of a message.' : '')
      }
      actions={
        <>
          <Button
            aria-pressed={view.sort === 'difference'}
            onClick={() => move({ sort: 'difference' })}
            title="By the largest difference in busy time a minute between any side and the base"
          >
            What differs most
          </Button>
          <Button
            aria-pressed={scaled}
            disabled={unknownSessions.length > 0}
            title={
              unknownSessions.length > 0
                ? `Not offered: ${unknownSessions.join(', ')} does not state connected sessions.`
                : 'Rates for every 1,000 connected sessions'
            }
            onClick={() => move({ per1k: !view.per1k })}
          >
            Per 1,000 sessions
          </Button>
        </>
      }
    >
      {view.per1k && unknownSessions.length > 0 && (
        <PanelState
          kind="partial"
          notes={[
            `Per 1,000 sessions is not offered: ${unknownSessions.length === 1 ? 'side' : 'sides'} ${unknownSessions.join(', ')} ${unknownSessions.length === 1 ? 'does' : 'do'} not state connected sessions.`,
          ]}
        />
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard */}
      <section className="relative min-w-0 overflow-x-auto" tabIndex={0} aria-label="Actions side by side">
        <table className="w-full text-table">
          <thead className="text-text-2">
            <tr>
              <th
                scope="col"
                rowSpan={2}
                className="px-3 py-1 text-left align-bottom font-normal"
                aria-sort={view.sort === 'name' ? 'ascending' : undefined}
              >
                {sortHead('name', 'Action')}
              </th>
              {sides.map((side, i) => (
                <th
                  key={side.index}
                  scope="colgroup"
                  colSpan={columns.length}
                  title={basisWords(diff.bases[i])}
                  className="border-l border-line px-2 py-1 text-left font-normal"
                >
                  <span className="flex items-center gap-2">
                    <SideLetter index={side.index} />
                    <span className="max-w-48 truncate text-text">{side.name}</span>
                    {i === base && <span>base</span>}
                    <span className="truncate text-axis">{basisWords(diff.bases[i])}</span>
                  </span>
                </th>
              ))}
            </tr>
            <tr className="border-b border-line">
              {sides.map((side) =>
                columns.map((column, c) => (
                  <th
                    key={`${side.index} ${column.key}`}
                    scope="col"
                    title={column.title + (scaled && column.isRate ? ', for every 1,000 connected sessions' : '')}
                    className={cx(
                      'px-2 py-1 text-right font-normal whitespace-nowrap',
                      c === 0 && 'border-l border-line',
                    )}
                  >
                    {column.key === 'arrived' ? labelOf(column, scaled) : sortHead(column.key, labelOf(column, scaled))}
                  </th>
                )),
              )}
            </tr>
          </thead>
          <tbody>
            <Row
              name="All actions"
              figures={table.totals}
              columns={columns}
              sides={sides}
              base={base}
              scaled={scaled}
              chosen={false}
              total
              onChoose={() => move({ action: '', zoom: '' })}
            />
            {rows.map((row) => (
              <Row
                key={row.action}
                name={row.action}
                figures={row.figures}
                columns={columns}
                sides={sides}
                base={base}
                scaled={scaled}
                chosen={row.action === view.action}
                onChoose={() => move({ action: row.action === view.action ? '' : row.action, zoom: '' })}
              />
            ))}
          </tbody>
        </table>
        {rows.length < table.rows.length && (
          <p className="px-3 py-1 text-table text-text-2">
            Showing {rows.length} of {table.rows.length} action types in this order.
          </p>
        )}
      </section>
    </Panel>
  )
}

const labelOf = ({ label, isRate }: Column, scaled: boolean) => (scaled && isRate ? `${label}/1k` : label)

interface RowProps {
  readonly name: string
  readonly figures: readonly ActionFigures[]
  readonly columns: readonly Column[]
  readonly sides: readonly ReadySide[]
  readonly base: number
  readonly scaled: boolean
  readonly chosen: boolean
  readonly total?: boolean
  readonly onChoose: () => void
}

function Row({ name, figures, columns, sides, base, scaled, chosen, total = false, onChoose }: RowProps) {
  const from = figures[base]
  const words = (i: number) =>
    i === base || from === undefined
      ? ''
      : changeWords(
          name,
          { letter: sides[base].letter, figures: from },
          { letter: sides[i].letter, figures: figures[i] },
          scaled,
        )
  const all = sides.map((_, i) => words(i)).filter((text) => text !== '')
  return (
    <tr className={cx('border-b border-line', chosen ? 'bg-accent-fill' : 'hover:bg-raised', total && 'font-medium')}>
      <th scope="row" title={all.join('\n')} className="max-w-56 min-w-36 px-3 py-0.5 text-left font-normal">
        <button
          type="button"
          aria-pressed={total ? undefined : chosen}
          onClick={onChoose}
          className={cx('w-full truncate text-left hover:underline pointer-coarse:min-h-10', total && 'font-medium')}
        >
          {shownName(name)}
          {all.length > 0 && <span className="sr-only">. {all.join(' ')}</span>}
        </button>
      </th>
      {sides.map((side, i) =>
        columns.map(({ key, of, print }, c) => {
          const value = of(figures[i])
          const times = i === base || from === undefined ? '' : timesWords(of(from), value)
          const change = i === base || from === undefined ? '' : differenceWords(of(from), value, print)
          return (
            <td
              key={`${side.index} ${key}`}
              title={words(i) || undefined}
              className={cx('px-2 py-0.5 text-right whitespace-nowrap tabular-nums', c === 0 && 'border-l border-line')}
            >
              {print(value)}
              {times !== '' && (
                <span className="block text-axis text-text-2">
                  {change} · {times}
                </span>
              )}
            </td>
          )
        }),
      )}
    </tr>
  )
}
