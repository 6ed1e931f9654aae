'use client'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { type ReactNode, useEffect } from 'react'
import { CopyButton } from '@/components/ui/copy-button.tsx'
import { failureOf } from '@/components/ui/failure.ts'
import { PanelState } from '@/components/ui/panel.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { StageGlyph } from '@/components/ui/stage-glyph.tsx'
import { siblingStanding } from '@/lib/analysis/waterfall-siblings.ts'
import { formatCount, formatDate, formatDuration, formatExact, formatTime, zoneName } from '@/lib/base/format.ts'
import { fetchSpanDetails } from '@/lib/client/api.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import { FLAG, type SpanDetails } from '@/lib/model/span-columns.ts'
import { STAGES } from '@/lib/model/stages.ts'
import { AttributeList } from './attribute-list.tsx'
import { LongText } from './long-text.tsx'
import { flagWords, shownName } from './row-words.ts'
import { SiblingBar } from './sibling-bar.tsx'
import type { WaterfallModel } from './waterfall-model.ts'

export interface SpanPanelProps {
  readonly model: WaterfallModel
  readonly span: number
  /** Told once the span's id is known: it belongs into the link. */
  readonly onIdentified: (details: SpanDetails) => void
}

/** Everything about one span: what the columns know at once, what was sent as soon as it has come. */
export function SpanPanel({ model, span: i, onIdentified }: SpanPanelProps) {
  const { spans, loaded } = model
  const { traceId } = loaded.trace
  const query = useQuery({
    queryKey: ['span', traceId, i, spans.count],
    queryFn: ({ signal }) => fetchSpanDetails(traceId, i, spans.count, signal),
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
    <div className="flex flex-col gap-3 p-3">
      <h2 className="flex items-start gap-2 text-ui font-semibold">
        <StageGlyph stageId={spans.stageId[i]} className="mt-0.5" />
        <span className="min-w-0 wrap-anywhere">{shownName(name(spans.names, spans.nameId))}</span>
      </h2>
      {spans.flags[i] & FLAG.error ? (
        <p className="text-table text-bad">
          <b>! Error</b>
          {data?.status.message ? <LongText text={data.status.message} what="status message" /> : undefined}
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
            <span className="text-text-3">sampling unknown</span>
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
        <Sent details={data} />
      )}
    </div>
  )
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-text-3">{label}</dt>
      <dd className="min-w-0 break-words tabular-nums">{children}</dd>
    </>
  )
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="border-t border-line pt-2">
      <h3 className="mb-1 text-table font-semibold">{title}</h3>
      {children}
    </section>
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
function absoluteTime(unixNs: bigint, zone: 'UTC' | 'local'): string {
  const ms = Number(unixNs / 1_000_000n)
  const fraction = String(unixNs % 1_000_000_000n).padStart(9, '0')
  return `${formatDate(ms, zone)} ${formatTime(ms, zone)}.${fraction}`
}

/** What was sent with the span, and only with it. */
function Sent({ details }: { readonly details: SpanDetails }) {
  const { events, links, dropped } = details
  const lost = [
    dropped.attributes > 0 && `${formatExact(dropped.attributes)} attributes`,
    dropped.events > 0 && `${formatExact(dropped.events)} events`,
    dropped.links > 0 && `${formatExact(dropped.links)} links`,
  ].filter((part) => part !== false)
  const base = BigInt(details.startUnixNano)
  return (
    <>
      {lost.length > 0 && <p className="text-table text-warn">The sender dropped {lost.join(', ')}.</p>}
      <Section title="Attributes">
        <AttributeList label="attributes" attributes={details.attributes} />
      </Section>
      {events.length > 0 && (
        <Section title={`Events (${formatExact(events.length)})`}>
          <ul className="flex flex-col gap-2">
            {events.slice(0, 200).map((event, k) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
              <li key={k}>
                <p className="flex justify-between gap-2 text-table">
                  <span className="min-w-0 wrap-anywhere">{shownName(event.name)}</span>
                  <span className="shrink-0 text-text-2">
                    + {formatDuration(Number(BigInt(event.timeUnixNano) - base))}
                  </span>
                </p>
                {event.attributes.length > 0 && (
                  <AttributeList label="event attributes" attributes={event.attributes} />
                )}
              </li>
            ))}
          </ul>
          {events.length > 200 && (
            <p className="text-table text-text-2">Showing 200 of {formatExact(events.length)}.</p>
          )}
        </Section>
      )}
      {links.length > 0 && (
        <Section title={`Links (${formatExact(links.length)})`}>
          <ul className="flex flex-col gap-2">
            {links.slice(0, 200).map((link, k) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
              <li key={k}>
                <Link
                  href={`/traces/${encodeURIComponent(link.traceId)}?v=1&span=${encodeURIComponent(link.spanId)}&details=1`}
                  className="font-mono text-axis wrap-anywhere text-accent underline"
                >
                  {link.traceId === details.traceId ? 'this trace' : link.traceId} · {link.spanId}
                </Link>
                {link.attributes.length > 0 && <AttributeList label="link attributes" attributes={link.attributes} />}
              </li>
            ))}
          </ul>
          {links.length > 200 && <p className="text-table text-text-2">Showing 200 of {formatExact(links.length)}.</p>}
        </Section>
      )}
      <Section title="Resource">
        <AttributeList label="resource attributes" attributes={details.resource} />
      </Section>
      {details.scope !== undefined && (
        <Section title="Scope">
          <p className="text-table wrap-anywhere">
            {visibleText(details.scope.name)}{' '}
            <span className="text-text-2">{visibleText(details.scope.version ?? '')}</span>
          </p>
          {details.scope.attributes.length > 0 && (
            <AttributeList label="scope attributes" attributes={details.scope.attributes} />
          )}
        </Section>
      )}
      <Section title="As it was sent">
        <dl className="grid grid-cols-[7rem_1fr] gap-x-2 gap-y-1 text-table">
          <Fact label="Span id">
            <span className="flex items-center gap-1 font-mono text-axis">
              {details.spanId}
              <CopyButton text={details.spanId} what="span id" />
            </span>
          </Fact>
          <Fact label="Parent id">
            <span className="font-mono text-axis">{details.parentSpanId ?? 'none'}</span>
          </Fact>
          <Fact label="Kind">{details.kind}</Fact>
          <Fact label="Status">
            {details.status.code}
            {details.status.message !== undefined && details.status.message !== '' && (
              <LongText text={details.status.message} what="status message" />
            )}
          </Fact>
          <Fact label="Start">
            <span className="font-mono text-axis">{details.startUnixNano} ns</span>
          </Fact>
          <Fact label="End">
            <span className="font-mono text-axis">{details.endUnixNano} ns</span>
          </Fact>
          {details.traceState !== undefined && details.traceState !== '' && (
            <Fact label="Tracestate">
              <LongText text={details.traceState} what="tracestate" />
            </Fact>
          )}
        </dl>
      </Section>
    </>
  )
}
