'use client'
import { useQuery } from '@tanstack/react-query'
import { NotebookPen } from 'lucide-react'
import { useEffect, useMemo } from 'react'
import { useShortcuts } from '@/components/shell/shortcuts.tsx'
import { type Annotation, type Annotations, useAnnotations } from '@/components/ui/annotations.tsx'
import { toast } from '@/components/ui/announce.tsx'
import { Button } from '@/components/ui/button.tsx'
import { cx } from '@/components/ui/cx.ts'
import { useViewData } from '@/components/ui/view-data.tsx'
import { bigIntToSpanId } from '@/lib/base/ids.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import { indexOfSpan } from './trace-view-state.ts'
import { useModel, useModelValue } from './use-model.ts'

/** Notes pinned to spans of this trace: numbered tags on their rows, and buttons that lead there. Nothing outside incidents. */
export function TraceNotes() {
  const annotations = useAnnotations()
  return annotations === undefined ? undefined : <Notes annotations={annotations} />
}

interface PinnedSpan {
  readonly of: Annotation
  /** −1: not in this trace. */
  readonly span: number
}

function Notes({ annotations }: { readonly annotations: Annotations }) {
  const model = useModel()
  const source = useViewData()
  const { traceId } = model.loaded.trace
  const here = useMemo(
    () => annotations.items.filter(({ pin }) => pin.kind === 'span' && pin.traceId === traceId),
    [annotations.items, traceId],
  )
  const ids = useQuery({
    queryKey: [source.key, 'span ids', traceId],
    queryFn: ({ signal }) => source.spanIds(traceId, signal),
    enabled: here.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  })
  const pinned = useMemo((): readonly PinnedSpan[] => {
    const list = ids.data
    if (list === undefined) return []
    return here.map((of) => ({
      of,
      span: of.pin.kind === 'span' ? indexOfSpan(list, of.pin.spanId, of.pin.ordinal) : -1,
    }))
  }, [here, ids.data])

  useEffect(() => {
    model.setTags(
      pinned
        .filter(({ span }) => span >= 0)
        .map(({ of, span }) => ({ span, text: of.label, focused: annotations.focused === of.id })),
    )
  }, [model, pinned, annotations.focused])

  const selected = useModelValue(model, 'selection', () => model.selectedSpan)
  const { add } = annotations
  const addHere = () => {
    const span = model.selectedSpan
    if (add === undefined) return
    if (span === undefined) {
      toast('Select a span first: a note here is pinned to one.')
      return
    }
    source.spanIds(traceId).then(
      (list) => {
        let ordinal = 0
        for (let at = list.indexOf(list[span]); at >= 0 && at < span; at = list.indexOf(list[span], at + 1)) ordinal++
        add({ kind: 'span', traceId, spanId: bigIntToSpanId(list[span]), ordinal })
      },
      () => toast('The id of this span could not be read; try again.'),
    )
  }
  useShortcuts(
    'Notes',
    add === undefined ? [] : [{ keys: 'n', label: 'Add a note to the selected span', run: addHere }],
  )
  if (add === undefined && here.length === 0) return undefined
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-1.5 border-b border-line px-3 py-1 text-table">
      {pinned.length > 0 && (
        <ul aria-label="Notes on spans of this trace" className="flex flex-wrap items-center gap-1.5">
          {pinned.map(({ of, span }) => (
            <li key={of.id}>
              <button
                type="button"
                aria-pressed={annotations.focused === of.id}
                title={visibleText(of.words)}
                onClick={() => {
                  annotations.focus(of.id)
                  if (span >= 0) model.goTo(span)
                }}
                className={cx(
                  'inline-flex h-6 max-w-80 items-center gap-1 rounded-control border border-control-line px-1.5 pointer-coarse:h-10',
                  annotations.focused === of.id && 'bg-accent-fill',
                )}
              >
                <b className="font-semibold">{of.label}</b>
                <span className="truncate">{visibleText(of.words.replace(/^Note \d+, [^:]*: /, ''))}</span>
                {span < 0 && <span className="text-warn">(not in this trace)</span>}
              </button>
            </li>
          ))}
        </ul>
      )}
      {add !== undefined && (
        <Button
          onClick={addHere}
          aria-keyshortcuts="N"
          disabled={selected === undefined}
          title="Pinned to the selected span (N)"
        >
          <NotebookPen size={14} aria-hidden />
          Add a note to this span
        </Button>
      )}
    </div>
  )
}
