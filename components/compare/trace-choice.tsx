'use client'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { failureOf } from '@/components/ui/failure.ts'
import { useViewData } from '@/components/ui/view-data.tsx'
import { formatDuration, formatTime, type Zone } from '@/lib/base/format.ts'
import { parseTraceId } from '@/lib/base/ids.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import type { RangeMs } from './compare-view.ts'

const OFFERED = 12

export interface TraceChoiceProps {
  /** Traces of this guild and action are offered; without a guild only an id can be given. */
  readonly guildId: string | undefined
  readonly range: RangeMs | undefined
  readonly action: string
  /** Not offered: itself. */
  readonly except: string
  readonly zone: Zone
  readonly onChoose: (traceId: string) => void
}

/** A trace by its id, or from those of a guild and action. */
export function TraceChoice({ guildId, range, action, except, zone, onChoose }: TraceChoiceProps) {
  const [text, setText] = useState('')
  const [sort, setSort] = useState<'slowest' | 'newest'>('slowest')
  const source = useViewData()
  const query = useQuery({
    queryKey: [source.key, 'trace choice', guildId, range?.fromMs, range?.toMs, action, sort],
    queryFn: ({ signal }) =>
      source.traces(
        { guild: guildId, ...range, action: action === '' ? undefined : action, sort, limit: OFFERED + 1 },
        signal,
      ),
    enabled: guildId !== undefined,
  })
  const id = parseTraceId(text.trim())
  const traces = (query.data?.items ?? []).filter((trace) => trace.traceId !== except).slice(0, OFFERED)
  return (
    <div className="w-96 max-w-full p-3">
      <form
        className="flex gap-1.5"
        onSubmit={(event) => {
          event.preventDefault()
          if (id !== undefined) onChoose(id)
        }}
      >
        <input
          value={text}
          onChange={(event) => setText(event.target.value.slice(0, 64))}
          placeholder="trace id"
          aria-label="Trace id"
          aria-invalid={text !== '' && id === undefined}
          className="h-7 min-w-0 flex-1 rounded-control border border-control-line bg-transparent px-2 font-mono text-table pointer-coarse:h-10"
        />
        <Button type="submit" disabled={id === undefined}>
          Take it
        </Button>
      </form>
      {text !== '' && id === undefined && (
        <p className="pt-1 text-table text-text-2">A trace id has 32 hexadecimal digits (16 are padded with zeros).</p>
      )}
      {guildId !== undefined && (
        <section className="pt-2">
          <h3 className="flex items-center justify-between text-table text-text-2">
            <span>{action === '' ? 'Traces of the same guild' : `${visibleText(action)} in the same guild`}</span>
            <Button tone="plain" onClick={() => setSort(sort === 'slowest' ? 'newest' : 'slowest')}>
              {sort === 'slowest' ? 'slowest first' : 'newest first'}
            </Button>
          </h3>
          {query.isError && <p className="text-table text-text-2">{failureOf(query.error).what}</p>}
          {query.data !== undefined && traces.length === 0 && (
            <p className="text-table text-text-2">No other trace of it is stored for these minutes.</p>
          )}
          {traces.map((trace) => (
            <Button
              key={`${trace.source} ${trace.traceId}`}
              tone="plain"
              onClick={() => onChoose(trace.traceId)}
              className="w-full min-w-0 justify-start text-table"
            >
              <span className="tabular-nums">{formatTime(trace.startMs, zone)}</span>
              <span className="min-w-0 truncate text-text">{visibleText(trace.action || trace.rootName)}</span>
              <span className="ml-auto shrink-0 tabular-nums">{formatDuration(trace.durationNs)}</span>
            </Button>
          ))}
        </section>
      )}
    </div>
  )
}
