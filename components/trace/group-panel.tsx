'use client'
import { Button } from '@/components/ui/button.tsx'
import { StageGlyph } from '@/components/ui/stage-glyph.tsx'
import { type GroupStats, P95_SPANS } from '@/lib/analysis/fold-stats.ts'
import { formatCount, formatDuration, formatExact, formatPercent } from '@/lib/base/format.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import { FLAG } from '@/lib/model/span-columns.ts'
import { shownName } from './row-words.ts'
import { useModelValue } from './use-model.ts'
import type { WaterfallModel } from './waterfall-model.ts'

/** What a group row stands for: the counted words, and its slowest members by name. */
export function GroupPanel({ model, slot }: { readonly model: WaterfallModel; readonly slot: number }) {
  const { spans } = model
  const open = useModelValue(model, 'rows', () => model.fold.open.has(slot))
  const group = model.groupOfValue(spans.count + slot)
  if (group === undefined) return undefined
  const stats = model.statsOf(slot)
  const facts: readonly (readonly [string, string])[] = [
    ['Spans', formatExact(stats.count)],
    ['Stands for', standsFor(stats)],
    [
      'Errors',
      stats.errors === 0 ? 'none' : `${formatExact(stats.errors)} (${formatPercent(stats.errors / stats.count)})`,
    ],
    ['Takes, p50', formatDuration(stats.p50)],
    ['p95', Number.isNaN(stats.p95) ? `needs ${P95_SPANS} spans` : formatDuration(stats.p95)],
    ['max', formatDuration(stats.max)],
    ...(Number.isNaN(stats.waitP50)
      ? []
      : ([
          ['Waits, p50', formatDuration(stats.waitP50)],
          ['max', formatDuration(stats.waitMax)],
        ] as const)),
    ['First start', formatDuration(stats.from)],
    ['Last end', formatDuration(stats.to)],
  ]
  return (
    <div className="flex flex-col gap-3 p-3">
      <h2 className="flex items-start gap-2 text-ui font-semibold">
        <StageGlyph stageId={group.table.stageId[group.index]} className="mt-0.5" />
        <span className="min-w-0 wrap-anywhere">
          {shownName(spans.names[group.table.nameId[group.index]])} ×{formatExact(stats.count)}
        </span>
      </h2>
      <p className="text-table text-text-2">
        Spans of one name and stage, in one row: its height is how many run at a time. Every span that was kept is in
        it.
      </p>
      <div>
        <Button onClick={() => model.toggle(spans.count + slot)}>
          {open ? 'Fold into one row' : `List all ${formatExact(stats.count)}`}
        </Button>
      </div>
      <dl className="grid grid-cols-[7rem_1fr] gap-x-2 gap-y-1 text-table tabular-nums">
        {facts.map(([label, value]) => (
          <div key={label + value} className="contents">
            <dt className="text-text-3">{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <section className="border-t border-line pt-2">
        <h3 className="mb-1 text-table font-semibold">The slowest</h3>
        <ul>
          {stats.slowest.map((i) => (
            <li key={i}>
              <button
                type="button"
                onClick={() => model.select(i)}
                onDoubleClick={() => model.goTo(i)}
                className="flex w-full items-baseline justify-between gap-2 border-t border-line py-1 text-left text-table hover:bg-raised pointer-coarse:min-h-10"
              >
                <span className="min-w-0 truncate text-text-2">
                  {visibleText(
                    spans.relays[spans.relayId[i]] || spans.nodes[spans.nodeId[i]] || `span ${formatExact(i)}`,
                  )}{' '}
                  at {formatDuration(spans.start[i])}
                  {spans.flags[i] & FLAG.error ? ' · ! error' : ''}
                </span>
                <span className="shrink-0 tabular-nums">{formatDuration(spans.duration[i])}</span>
              </button>
            </li>
          ))}
        </ul>
      </section>
    </div>
  )
}

function standsFor({ count, weighted, unweighted }: GroupStats): string {
  if (unweighted === count) return 'sampling unknown'
  if (weighted === count) return 'these: nothing was sampled away'
  const known = `≈ ${formatCount(weighted)} spans`
  return unweighted === 0 ? known : `${known}, and ${formatExact(unweighted)} of unknown sampling`
}
