'use client'
import { useQuery } from '@tanstack/react-query'
import { Snowflake, X } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Button, IconButton } from '@/components/ui/button.tsx'
import { MinuteField } from '@/components/ui/minute-field.tsx'
import { pageHost } from '@/components/ui/navigation.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { SegmentedControl } from '@/components/ui/segmented-control.tsx'
import { browserViewStore } from '@/components/ui/use-view-state.ts'
import { useViewData } from '@/components/ui/view-data.tsx'
import { formatExact, zoneName } from '@/lib/base/format.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import { FREEZE_TRACES_MAX, type FreezeRequest } from '@/lib/model/freeze.ts'
import { type Severity, SIDES_MAX, type Side, TITLE_MAX } from '@/lib/model/incident.ts'
import { MINUTE_MS } from '@/lib/model/timings.ts'
import { estimateOf, estimateWords } from './estimate.ts'
import { freezeJob } from './freeze-job.ts'
import { viewLink } from './link.ts'
import type { FreezeProposal, ShareableView } from './view.ts'

const BASELINES = ['hour', 'day', 'week'] as const
type Baseline = (typeof BASELINES)[number]

const FIELD =
  'h-7 min-w-0 rounded-control border border-control-line bg-transparent px-2 outline-none focus:border-accent pointer-coarse:h-10'

export interface FreezeFormProps {
  readonly proposal: FreezeProposal
  readonly view: ShareableView
  readonly onCancel: () => void
}

/** Everything is proposed; pressing Freeze at once is a sensible incident. */
export function FreezeForm({ proposal, view, onCancel }: FreezeFormProps) {
  const { zone } = usePreferences()
  const source = useViewData()
  const [title, setTitle] = useState(proposal.title)
  const [severity, setSeverity] = useState<Severity>(proposal.severity)
  const [choice, setChoice] = useState(0)
  const [sides, setSides] = useState<readonly Side[]>(proposal.choices[0]?.sides ?? [])
  const [baselines, setBaselines] = useState<readonly Baseline[]>(['hour'])
  const [chosen, setChosen] = useState<readonly string[]>(proposal.traceIds)
  const [numbers, setNumbers] = useState({ slowest: 20, longestWait: 20, sample: 100 })
  const bad = problemOf(title, sides)
  const estimate = useQuery({
    queryKey: [source.key, 'freeze estimate', sides, baselines, numbers, chosen.length],
    queryFn: ({ signal }) => estimateOf(source, { sides, baselines, chosen: chosen.length, ...numbers }, signal),
    enabled: bad === undefined,
  })

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (bad !== undefined) return
    const store = browserViewStore()
    store.flush()
    const request: FreezeRequest = {
      title: title.trim(),
      severity,
      view: viewLink(pageHost().location.pathname, store.search(), zone, view.absolute),
      sides,
      baselines,
      flames: proposal.flames,
      traceIds: chosen,
      ...numbers,
      ...source.chosen,
    }
    freezeJob.start({ kind: 'freeze', request })
  }
  const edit = (index: number, change: Partial<Side>) =>
    setSides(sides.map((side, k) => (k === index ? { ...side, ...change } : side)))
  const number = (key: keyof typeof numbers, label: string) => (
    <label className="flex items-center gap-1.5">
      <input
        type="number"
        inputMode="numeric"
        min={0}
        max={FREEZE_TRACES_MAX}
        value={numbers[key]}
        onChange={(event) => {
          const value = Math.round(Number(event.target.value))
          if (value >= 0 && value <= FREEZE_TRACES_MAX) setNumbers({ ...numbers, [key]: value })
        }}
        className={`${FIELD} w-16 text-right tabular-nums`}
      />
      {label}
    </label>
  )

  return (
    <form onSubmit={submit} className="flex min-h-0 flex-1 flex-col">
      <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto p-4">
        <Row label="Title">
          <input
            // biome-ignore lint/a11y/noAutofocus: the first field of a dialog that was asked for
            autoFocus
            value={title}
            maxLength={TITLE_MAX}
            aria-label="Title"
            onChange={(event) => setTitle(event.target.value)}
            className={`${FIELD} w-full`}
          />
        </Row>
        <Row label="Severity">
          <SegmentedControl
            label="Severity"
            value={severity}
            segments={[
              { value: 'critical', label: 'Critical' },
              { value: 'major', label: 'Major' },
              { value: 'minor', label: 'Minor' },
            ]}
            onChange={setSeverity}
          />
        </Row>
        <Row label={`Guilds and minutes, ${zoneName(zone)}`}>
          {proposal.choices.length > 1 && (
            <SegmentedControl
              label="Range"
              value={String(choice)}
              segments={proposal.choices.map(({ label }, k) => ({ value: String(k), label }))}
              onChange={(next) => {
                setChoice(Number(next))
                setSides(proposal.choices[Number(next)].sides)
              }}
              className="max-w-full overflow-x-auto"
            />
          )}
          <ul className="flex w-full flex-col gap-2">
            {sides.map((side, k) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: one guild can be there twice, at two times
              <li key={k} className="flex flex-wrap items-center gap-1.5">
                <span className="min-w-0 flex-1 basis-32 truncate" title={side.guildId}>
                  {visibleText(side.guildName ?? side.guildId)}
                </span>
                <MinuteField
                  label={`From, ${side.guildName ?? side.guildId}`}
                  atMs={side.fromMs}
                  onChange={(fromMs) => edit(k, { fromMs })}
                />
                <span aria-hidden>–</span>
                <MinuteField
                  label={`To, ${side.guildName ?? side.guildId}`}
                  atMs={side.toMs}
                  onChange={(toMs) => edit(k, { toMs })}
                />
                {sides.length > 1 && (
                  <IconButton
                    label={`Leave out ${side.guildName ?? side.guildId}`}
                    onClick={() => setSides(sides.filter((_, at) => at !== k))}
                  >
                    <X size={14} aria-hidden />
                  </IconButton>
                )}
              </li>
            ))}
          </ul>
        </Row>
        <Row label="The same minutes before, to compare with">
          <div className="flex flex-wrap gap-x-4 gap-y-1">
            {BASELINES.map((one) => (
              <label key={one} className="flex items-center gap-1.5 pointer-coarse:h-10">
                <input
                  type="checkbox"
                  checked={baselines.includes(one)}
                  onChange={(event) =>
                    setBaselines(
                      BASELINES.filter((other) => (other === one ? event.target.checked : baselines.includes(other))),
                    )
                  }
                  className="accent-accent"
                />
                {one === 'hour' ? 'an hour before' : `a ${one} before`}
              </label>
            ))}
          </div>
        </Row>
        <Row label="Traces, of each guild and its minutes">
          <div className="flex flex-wrap gap-x-4 gap-y-2">
            {number('slowest', 'slowest')}
            {number('longestWait', 'with the longest wait')}
            {number('sample', 'drawn at random')}
          </div>
          {proposal.traceIds.length > 0 && (
            <label className="flex items-center gap-1.5 pointer-coarse:h-10">
              <input
                type="checkbox"
                checked={chosen.length > 0}
                onChange={(event) => setChosen(event.target.checked ? proposal.traceIds : [])}
                className="accent-accent"
              />
              {proposal.traceIds.length === 1
                ? `the trace ${proposal.traceIds[0].slice(0, 8)}`
                : `the ${formatExact(proposal.traceIds.length)} traces that are ticked`}
            </label>
          )}
        </Row>
      </div>
      <div className="flex flex-wrap items-center gap-2 border-t border-line px-4 py-3">
        <p
          role={bad === undefined ? 'status' : 'alert'}
          className={`min-w-0 flex-1 basis-60 text-table ${bad === undefined ? 'text-text-2' : 'text-bad'}`}
        >
          {bad ?? estimateWords(estimate.data, estimate.error !== null)}
        </p>
        <div className="ml-auto flex gap-2">
          <Button onClick={onCancel}>Cancel</Button>
          <Button type="submit" tone="accent" disabled={bad !== undefined}>
            <Snowflake size={14} aria-hidden />
            Freeze
          </Button>
        </div>
      </div>
    </form>
  )
}

function Row({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <fieldset className="flex min-w-0 flex-col items-start gap-1.5">
      <legend className="mb-1 text-table text-text-2">{label}</legend>
      {children}
    </fieldset>
  )
}

function problemOf(title: string, sides: readonly Side[]): string | undefined {
  if (title.trim() === '') return 'The incident needs a title.'
  if (sides.length === 0) return 'Name at least one guild and its minutes.'
  if (sides.some((side) => Number.isNaN(side.fromMs) || Number.isNaN(side.toMs))) {
    return 'Write each minute as year-month-day hour:minute, such as 2026-11-22 10:05.'
  }
  if (sides.some((side) => side.toMs <= side.fromMs)) return 'A range ends before it begins.'
  if (sides.some((side) => side.toMs - side.fromMs > 1_440 * MINUTE_MS)) return 'A range is at most a day long.'
  if (sides.length > SIDES_MAX) return `An incident has at most ${SIDES_MAX} guilds and ranges.`
  return undefined
}
