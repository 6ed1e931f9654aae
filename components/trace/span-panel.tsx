'use client'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useLacks } from '@/components/shell/asked-sources.ts'
import { failureOf } from '@/components/ui/failure.ts'
import { PanelState } from '@/components/ui/panel.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { StageGlyph } from '@/components/ui/stage-glyph.tsx'
import { useViewData } from '@/components/ui/view-data.tsx'
import { siblingStanding } from '@/lib/analysis/waterfall-siblings.ts'
import {
  formatCount,
  formatDate,
  formatDuration,
  formatExact,
  formatTime,
  type Zone,
  zoneName,
} from '@/lib/base/format.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import { FLAG, type SpanDetails } from '@/lib/model/span-columns.ts'
import { STAGES } from '@/lib/model/stages.ts'
import { Fact, Section } from './fact.tsx'
import { LongText } from './long-text.tsx'
import { flagWords, shownName } from './row-words.ts'
import { SentDetails } from './sent-details.tsx'
import { SiblingBar } from './sibling-bar.tsx'
import { DetailsOfContext } from './use-kept-detail.ts'
import type { WaterfallModel } from './waterfall-model.ts'

export interface SpanPanelProps {
  readonly model: WaterfallModel
  readonly span: number
  /** Told once the span's id is known: it belongs into the link. */
  readonly onIdentified: (details: SpanDetails) => void
  readonly onGoToId: (spanId: string) => void
}

/** Everything about one span: what the columns know at once, what was sent as soon as it has come. */
export function SpanPanel({ model, span: i, onIdentified, onGoToId }: SpanPanelProps) {
  const { spans, loaded } = model
  const { traceId } = loaded.trace
  const lacks = useLacks(loaded.trace.source)
  const source = useViewData()
  const query = useQuery({
    queryKey: [source.key, 'span', traceId, i, spans.count],
    queryFn: ({ signal }) => source.spanDetails(traceId, i, spans.count, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const { data } = query
  useEffect(() => {
    if (data !== undefined) onIdentified(data)
  }, [data, onIdentified])
  const wait = spans.wait[i]
  const inferred = (spans.flags[i] & FLAG.waitInferred) !== 0
  const parent = spans.parent[i]
  const late = parent < 0 ? 0 : spans.start[i] - spans.start[parent] - spans.duration[parent]
  const name = (table: readonly string[], ids: Uint32Array) => table[ids[i]]
  const text = (value: string) => (value === '' ? <span className="text-text-3">not stated</span> : visibleText(value))
  const relay = name(spans.relays, spans.relayId)
  const action = name(spans.actions, spans.actionId)
  const remarks = [flagWords(spans.flags[i]), ...(data?.remarks ?? [])].filter((remark) => remark !== '')
  if (late > 0) remarks.push(`Started ${formatDuration(late)} after its parent had ended.`)
  return (
    <DetailsOfContext value={i}>
      <div className="flex flex-col gap-3 p-3">
        <h2 className="flex items-start gap-2 text-ui font-semibold">
          <StageGlyph stageId={spans.stageId[i]} className="mt-0.5" />
          <span className="min-w-0 wrap-anywhere">{shownName(name(spans.names, spans.nameId))}</span>
        </h2>
        {spans.flags[i] & FLAG.error ? (
          <p className="text-table text-bad">
            <b>! Error</b>
            {data?.status.message ? (
              <LongText text={data.status.message} what="status message" name="error" />
            ) : undefined}
          </p>
        ) : undefined}
        {remarks.map((remark) => (
          <p key={remark} className="text-table text-warn">
            ⚑ {visibleText(remark)}
          </p>
        ))}
        <dl className="grid grid-cols-[7rem_1fr] gap-x-2 gap-y-1 text-table">
          <Fact label="Stage">{STAGES[spans.stageId[i]]}</Fact>
          <Fact label="Service">{text(name(spans.services, spans.serviceId))}</Fact>
          <Fact label="Node">{text(name(spans.nodes, spans.nodeId))}</Fact>
          {relay !== '' && <Fact label="Relay">{visibleText(relay)}</Fact>}
          {action !== '' && <Fact label="Action">{visibleText(action)}</Fact>}
          {parent >= 0 && (
            <Fact label="Parent">
              <button
                type="button"
                className="text-left text-accent hover:underline"
                onClick={() => model.goTo(parent)}
              >
                {shownName(spans.names[spans.nameId[parent]])}
              </button>
            </Fact>
          )}
          <Fact label="Starts">
            {formatDuration(spans.start[i])} into the trace
            <StartTime startNs={spans.traceStartNs} offsetNs={spans.start[i]} />
          </Fact>
          <Fact label={inferred ? 'Wait, inferred' : 'Wait'}>
            {wait >= 0 ? formatDuration(wait) : <span className="text-text-3">not stated</span>}
            {inferred && <span className="block text-text-3">the gap to the sender’s span, across two clocks</span>}
          </Fact>
          <Fact label="Work">{formatDuration(spans.duration[i])}</Fact>
          <Fact label="Self">{formatDuration(loaded.aggregates.self[i])}</Fact>
          <Fact label="Below it">{formatExact(spans.subtreeEnd[i] - i - 1)} spans</Fact>
          <Fact label="Stands for">
            {spans.weight[i] >= 0 ? (
              spans.weight[i] === 1 ? (
                'itself: nothing was sampled away'
              ) : (
                `≈ ${formatCount(spans.weight[i])} spans`
              )
            ) : (
              <span className="text-text-3">
                sampling unknown{lacks.has('weights') && `: ${loaded.trace.source} keeps no trace state`}
              </span>
            )}
          </Fact>
        </dl>
        <Section title="Among its siblings">
          <SiblingBar standing={siblingStanding(spans, i)} duration={spans.duration[i]} />
        </Section>
        {data === undefined ? (
          query.isError ? (
            <PanelState kind="failed" failure={failureOf(query.error)} retry={() => void query.refetch()} />
          ) : (
            <PanelState kind="loading" waitsFor="the span’s attributes" />
          )
        ) : (
          <SentDetails details={data} from={loaded.trace.source} lacks={lacks} onGoToId={onGoToId} />
        )}
      </div>
    </DetailsOfContext>
  )
}

function StartTime({ startNs, offsetNs }: { readonly startNs: bigint; readonly offsetNs: number }) {
  const { zone } = usePreferences()
  const at = startNs + BigInt(Math.round(offsetNs))
  return (
    <span className="block text-text-2">
      {absoluteTime(at, zone)} {zoneName(zone)}
    </span>
  )
}

/** `2026-11-22 10:05:12.123456789`. */
function absoluteTime(unixNs: bigint, zone: Zone): string {
  const ms = Number(unixNs / 1_000_000n)
  const fraction = String(unixNs % 1_000_000_000n).padStart(9, '0')
  return `${formatDate(ms, zone)} ${formatTime(ms, zone)}.${fraction}`
}
