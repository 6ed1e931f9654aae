// biome-ignore-all lint/a11y/useSemanticElements: rows come and go by position; a table would lay all of them out
// biome-ignore-all lint/a11y/useFocusableInteractive: only rows take the focus
'use client'
import { ChevronDown, ChevronRight } from 'lucide-react'
import { memo, useEffect, useLayoutEffect, useRef } from 'react'
import { cx } from '@/components/ui/cx.ts'
import { StageGlyph } from '@/components/ui/stage-glyph.tsx'
import { rowWords } from './row-words.ts'
import { listenToWheel } from './time-area-pointer.ts'
import { useModel, useModelValue } from './use-model.ts'
import type { WaterfallModel } from './waterfall-model.ts'

const INDENT_PX = 12
/** Below this the column shows glyphs only. */
export const NARROW_PX = 110

export interface NameTreeProps {
  readonly widthPx: number
  readonly onOpen: () => void
}

/** The rows on screen as a real tree: text that can be read, selected and focused. Beside each row stands its bar. */
export function NameTree({ widthPx, onOpen }: NameTreeProps) {
  const model = useModel()
  const body = useRef<HTMLDivElement>(null)
  const moving = useRef<HTMLDivElement>(null)
  useModelValue(model, 'rows', () => `${model.range.first}/${model.range.end}/${model.foldVersion}/${model.rowHeight}`)
  const selected = useModelValue(model, 'selectedRow', () => model.selectedRow)
  const { first, end } = model.range

  useLayoutEffect(() => {
    const place = () => {
      if (moving.current === null) return
      const offset = model.range.first * model.rowHeight - model.topPx
      moving.current.style.transform = `translateY(${offset}px)`
    }
    place()
    return model.subscribe('rows', place)
  }, [model])

  useEffect(() => (body.current === null ? undefined : listenToWheel(body.current, model, false)), [model])

  useEffect(() => {
    if (!model.focusWanted || selected < 0) return
    model.focusWanted = false
    // Typing into the search box goes on while hits are stepped through.
    if (document.activeElement instanceof HTMLInputElement) return
    moving.current?.querySelector<HTMLElement>(`[data-row="${selected}"]`)?.focus({ preventScroll: true })
  })

  const rows: number[] = []
  for (let r = first; r < end; r++) rows.push(r)
  // The focused row stays a real node when it is scrolled away.
  if (selected >= 0 && (selected < first || selected >= end)) rows.push(selected)
  const indent = indentOf(model, widthPx)
  const narrow = widthPx < NARROW_PX
  const focusable = selected >= 0 ? selected : first

  return (
    <div
      role="treegrid"
      aria-label="Spans"
      aria-rowcount={model.rows.count + 1}
      aria-colcount={2}
      className="flex min-h-0 shrink-0 flex-col"
      style={{ width: widthPx }}
    >
      <div role="rowgroup" className="h-6 shrink-0 border-b border-line text-axis text-text-2">
        <div role="row" aria-rowindex={1} className="flex h-full items-center gap-2 px-2">
          <span role="columnheader" className={cx('min-w-0 flex-1 truncate', narrow && 'sr-only')}>
            Span{indent.base > 0 ? ` (${indent.base} levels further in)` : ''}
          </span>
          <span role="columnheader" className={cx('shrink-0', narrow && 'sr-only')}>
            Takes
          </span>
        </div>
      </div>
      <div
        ref={body}
        role="rowgroup"
        className="relative min-h-0 flex-1 overflow-hidden"
        onPointerMove={(event) => {
          const y = event.clientY - event.currentTarget.getBoundingClientRect().top
          model.setHover({ row: model.rowAt(y), x: -1, y: -1 })
        }}
        onPointerLeave={() => model.setHover(undefined)}
      >
        <div ref={moving} role="presentation" className="absolute inset-x-0 top-0">
          {rows.map((r) => {
            const value = model.rows.value[r]
            return (
              <TreeRow
                key={value}
                model={model}
                row={r}
                value={value}
                version={model.foldVersion}
                topPx={(r - first) * model.rowHeight}
                heightPx={model.rowHeight}
                indentPx={Math.min(Math.max(0, model.rows.level[r] - indent.base), indent.most) * INDENT_PX}
                deeper={model.rows.level[r] - indent.base > indent.most}
                level={model.rows.level[r]}
                expanded={model.expandable(value) ? model.expanded(value) : undefined}
                selected={r === selected}
                focusable={r === focusable}
                narrow={narrow}
                onOpen={onOpen}
              />
            )
          })}
        </div>
      </div>
    </div>
  )
}

interface TreeRowProps {
  readonly model: WaterfallModel
  readonly row: number
  readonly value: number
  /** What a row says can change with the fold state. */
  readonly version: number
  readonly topPx: number
  readonly heightPx: number
  readonly indentPx: number
  /** Its indentation ended at the column's limit: the level is said as a number. */
  readonly deeper: boolean
  readonly level: number
  readonly expanded: boolean | undefined
  readonly selected: boolean
  readonly focusable: boolean
  readonly narrow: boolean
  readonly onOpen: () => void
}

const TreeRow = memo(function TreeRow(props: TreeRowProps) {
  const { model, row, value, topPx, heightPx, indentPx, deeper, level, expanded, selected, focusable, narrow, onOpen } =
    props
  const words = rowWords(model, value)
  const Fold = expanded === true ? ChevronDown : ChevronRight
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the waterfall's own shortcuts (arrows, Enter) act on the selected row
    <div
      role="row"
      data-row={row}
      aria-rowindex={row + 2}
      aria-level={level + 1}
      aria-expanded={expanded}
      aria-selected={selected}
      tabIndex={focusable ? 0 : -1}
      onClick={() => {
        model.select(value)
        onOpen()
      }}
      onFocus={() => {
        if (model.selected === undefined) model.select(value)
      }}
      onDoubleClick={() => model.fit(value)}
      className={cx(
        'absolute inset-x-0 flex cursor-default items-center text-table',
        narrow ? 'gap-0.5 pr-0.5' : 'gap-1 pr-2',
        selected ? 'bg-accent-fill' : 'hover:bg-raised',
      )}
      style={{ top: topPx, height: heightPx }}
    >
      <div role="gridcell" className={cx('flex h-full min-w-0 flex-1 items-center', narrow ? 'gap-0.5' : 'gap-1')}>
        {!narrow && (
          <span
            aria-hidden
            className="h-full shrink-0 bg-[repeating-linear-gradient(to_right,transparent_0_11px,var(--line)_11px_12px)]"
            style={{ width: indentPx + 4 }}
          />
        )}
        {deeper && !narrow && (
          <span aria-hidden className="shrink-0 text-axis text-text-3" title={`Level ${level + 1}`}>
            {level + 1}
          </span>
        )}
        {expanded === undefined ? (
          <span aria-hidden className={cx('shrink-0', narrow ? 'w-7' : 'w-4')} />
        ) : (
          // biome-ignore lint/a11y/noStaticElementInteractions: the row itself folds with the arrow keys
          // biome-ignore lint/a11y/useKeyWithClickEvents: as above
          <span
            className={cx(
              'flex h-full shrink-0 cursor-pointer items-center justify-center text-text-3 hover:text-text',
              // Without names there is room for a finger.
              narrow ? 'w-7' : 'w-4',
            )}
            title={expanded ? 'Fold (←)' : 'Unfold (→)'}
            onClick={(event) => {
              event.stopPropagation()
              model.toggle(value)
            }}
          >
            <Fold size={12} aria-hidden />
          </span>
        )}
        <StageGlyph stageId={words.stageId} />
        <span className={cx('min-w-0 truncate', narrow && 'sr-only')} title={words.name}>
          {words.name}
        </span>
        {words.relay !== '' && !narrow && (
          <span className="min-w-0 shrink-[3] truncate text-text-3">{words.relay}</span>
        )}
        {words.count !== '' && (
          <span className={cx('shrink-0 text-text-2 tabular-nums', narrow && 'sr-only')}>{words.count}</span>
        )}
        {words.flag !== '' && (
          <span role="img" className="shrink-0 text-warn" title={words.flag} aria-label={words.flag}>
            ⚑
          </span>
        )}
        {words.errors > 0 && (
          <span className="shrink-0 font-semibold text-bad" title="error">
            !<span className="sr-only"> error</span>
          </span>
        )}
      </div>
      <div role="gridcell" className={cx('shrink-0 text-right text-text-2 tabular-nums', narrow && 'sr-only')}>
        <span aria-hidden>{words.duration}</span>
        <span className="sr-only">{words.spoken}</span>
      </div>
    </div>
  )
})

/** Deep chains would push every name out of the column: then the shallowest row in view moves to the left edge. */
function indentOf(model: WaterfallModel, widthPx: number): { readonly base: number; readonly most: number } {
  const { first, end } = model.range
  const most = Math.max(2, Math.floor((widthPx * 0.45) / INDENT_PX))
  let [shallow, deep] = [Number.POSITIVE_INFINITY, 0]
  for (let r = first; r < end; r++) {
    shallow = Math.min(shallow, model.rows.level[r])
    deep = Math.max(deep, model.rows.level[r])
  }
  if (deep <= most) return { base: 0, most }
  return { base: Math.max(0, Math.min(shallow - 1, deep - most)), most }
}
