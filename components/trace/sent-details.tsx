import { CopyButton } from '@/components/ui/copy-button.tsx'
import { Link } from '@/components/ui/navigation.tsx'
import { useViewData } from '@/components/ui/view-data.tsx'
import { formatDuration, formatExact } from '@/lib/base/format.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import type { SourceLack } from '@/lib/model/instance.ts'
import type { SpanDetails } from '@/lib/model/span-columns.ts'
import { AttributeList } from './attribute-list.tsx'
import { Fact, Section } from './fact.tsx'
import { LongText } from './long-text.tsx'
import { shownName } from './row-words.ts'

/** What was sent with the span, and only with it. */
export function SentDetails({
  details,
  from,
  lacks,
  onGoToId,
}: {
  readonly details: SpanDetails
  /** The source they come from, and what it does not keep. */
  readonly from: string
  readonly lacks: ReadonlySet<SourceLack>
  readonly onGoToId: (spanId: string) => void
}) {
  const { events, links, dropped } = details
  const source = useViewData()
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
        <AttributeList label="attributes" name="attributes" attributes={details.attributes} />
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
                  <AttributeList label="event attributes" name={`event${k}`} attributes={event.attributes} />
                )}
              </li>
            ))}
          </ul>
          {events.length > 200 && (
            <p className="text-table text-text-2">Showing 200 of {formatExact(events.length)}.</p>
          )}
        </Section>
      )}
      {links.length === 0 && lacks.has('links') && (
        <Section title="Links">
          <p className="text-table text-text-2">
            {from} keeps no links between spans: whether this one had any is not known.
          </p>
        </Section>
      )}
      {links.length > 0 && (
        <Section title={`Links (${formatExact(links.length)})`}>
          <ul className="flex flex-col gap-2">
            {links.slice(0, 200).map((link, k) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
              <li key={k}>
                {link.traceId === details.traceId ? (
                  <button
                    type="button"
                    className="text-left font-mono text-axis wrap-anywhere text-accent hover:underline"
                    onClick={() => onGoToId(link.spanId)}
                  >
                    this trace · {link.spanId}
                  </button>
                ) : (
                  <Link
                    href={`${source.traceHref(link.traceId)}?v=1&span=${encodeURIComponent(link.spanId)}&details=1`}
                    className="font-mono text-axis wrap-anywhere text-accent hover:underline"
                  >
                    {link.traceId} · {link.spanId}
                  </Link>
                )}
                {link.attributes.length > 0 && (
                  <AttributeList label="link attributes" name={`link${k}`} attributes={link.attributes} />
                )}
              </li>
            ))}
          </ul>
          {links.length > 200 && <p className="text-table text-text-2">Showing 200 of {formatExact(links.length)}.</p>}
        </Section>
      )}
      <Section title="Resource">
        <AttributeList label="resource attributes" name="resource" attributes={details.resource} />
      </Section>
      {details.scope !== undefined && (
        <Section title="Scope">
          <p className="text-table wrap-anywhere">
            {visibleText(details.scope.name)}{' '}
            <span className="text-text-2">{visibleText(details.scope.version ?? '')}</span>
          </p>
          {details.scope.attributes.length > 0 && (
            <AttributeList label="scope attributes" name="scope" attributes={details.scope.attributes} />
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
              <LongText text={details.status.message} what="status message" name="status" />
            )}
          </Fact>
          <Fact label="Start">
            <span className="font-mono text-axis">{details.startUnixNano} ns</span>
          </Fact>
          <Fact label="End">
            <span className="font-mono text-axis">{details.endUnixNano} ns</span>
            {lacks.has('nanoseconds') && (
              <span className="block text-text-2">{from} keeps microseconds: the last three digits are not known.</span>
            )}
          </Fact>
          {details.traceState !== undefined && details.traceState !== '' && (
            <Fact label="Tracestate">
              <LongText text={details.traceState} what="tracestate" name="tracestate" />
            </Fact>
          )}
        </dl>
      </Section>
    </>
  )
}
