import type { ReactNode } from 'react'
import { Panel, PanelState } from '@/components/ui/panel.tsx'
import { Status } from '@/components/ui/status.tsx'
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatDate,
  formatExact,
  formatMinute,
  formatPercent,
  formatTime,
  type Zone,
  zoneName,
} from '@/lib/base/format.ts'
import type { SourcesAnswer } from '@/lib/client/api.ts'

/** Above this share of its cap the oldest data will soon go early. */
const NEARLY_FULL = 0.9

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div className="flex items-baseline justify-between gap-4 border-t border-line px-3 py-1.5">
      <dt className="text-text-2">{label}</dt>
      <dd className="text-right">{children}</dd>
    </div>
  )
}

/** Volume, lag, disk of the embedded store. */
export function StoreFiguresPanel({ answer, zone }: { readonly answer: SourcesAnswer; readonly zone: Zone }) {
  const { store, nowMs } = answer
  if (store === undefined) return undefined
  const when = (ms: number | undefined) =>
    ms === undefined ? '–' : `${formatDate(ms, zone)} ${formatMinute(ms, zone)} ${zoneName(zone)}`
  const lag = (ms: number | undefined) =>
    ms === undefined ? (
      'none has arrived'
    ) : (
      <span title={`${formatDate(ms, zone)} ${formatTime(ms, zone)} ${zoneName(zone)}`}>{formatAgo(ms, nowMs)}</span>
    )
  const share = store.diskCapBytes > 0 ? store.diskBytes / store.diskCapBytes : 0
  return (
    <Panel title="Volume and lag">
      {store.lastError !== undefined && (
        <p className="px-3 pb-2">
          <Status kind="bad">{store.lastError}</Status>
        </p>
      )}
      <PanelState kind="partial" notes={store.notes} />
      <dl>
        <Fact label="Newest span">{lag(store.newestSpanMs)}</Fact>
        <Fact label="Newest timing minute">{lag(store.newestTimingMs)}</Fact>
        <Fact label="Spans stored">
          <span title={formatExact(store.spansStored)}>{formatCount(store.spansStored)}</span>
        </Fact>
        <Fact label="Spans arriving">{formatCount(store.spansPerSecond)} per second</Fact>
        <Fact label="Timing samples stored">
          <span title={formatExact(store.timingSamplesStored)}>{formatCount(store.timingSamplesStored)}</span>
        </Fact>
        <Fact label="Waiting to be written">{formatBytes(store.pendingBytes)}</Fact>
        <Fact label="Oldest span">{when(store.oldestSpanMs)}</Fact>
        <Fact label="Oldest timing minute">{when(store.oldestTimingMs)}</Fact>
        <Fact label="Disk">
          <span className="inline-flex items-center gap-2">
            {share >= NEARLY_FULL && <Status kind="warn">nearly full</Status>}
            <svg viewBox="0 0 100 6" aria-hidden="true" className="h-1.5 w-24" preserveAspectRatio="none">
              <path d="M0 0h100v6H0z" className="fill-line" />
              <path d={`M0 0h${Math.max(1, Math.min(100, share * 100))}v6H0z`} className="fill-text-2" />
            </svg>
            {formatBytes(store.diskBytes)} of {formatBytes(store.diskCapBytes)} ({formatPercent(share)}) in{' '}
            {formatCount(store.slices)} slices
          </span>
        </Fact>
        <Fact label="Guilds held">{formatCount(store.heldGuilds)}</Fact>
      </dl>
    </Panel>
  )
}

/** How long what is kept, as sentences. */
export function RetentionPanel({ answer }: { readonly answer: SourcesAnswer }) {
  const { retention, store } = answer
  const largestBy = store?.largestBy === 'busy' ? 'busy time over the last day' : 'sessions'
  return (
    <Panel title="Retention">
      <ul className="flex list-disc flex-col gap-1 pr-3 pb-3 pl-7 text-text-2">
        <li>
          Every guild: <span className="text-text">{formatExact(retention.minutes)} minutes</span> of traces and
          timings.
        </li>
        <li>
          The {formatExact(retention.largestGuilds)} largest by {largestBy}:{' '}
          <span className="text-text">{formatExact(retention.largeDays)} days</span>. Hourly totals of every guild as
          long.
        </li>
        <li>
          A guild that was saturated or fell silent is held:{' '}
          <span className="text-text">{formatExact(retention.holdHours)} hours</span>.
        </li>
        <li>
          The oldest goes early when the data folder reaches{' '}
          <span className="text-text">{formatBytes(retention.diskCapBytes)}</span>.
        </li>
      </ul>
    </Panel>
  )
}
