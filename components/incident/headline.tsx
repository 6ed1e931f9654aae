'use client'
import { useQuery } from '@tanstack/react-query'
import { CircleCheck, CircleDot, CircleSlash, Pencil, ShieldCheck, TriangleAlert } from 'lucide-react'
import { type KeyboardEvent, useMemo, useState } from 'react'
import { Button, IconButton } from '@/components/ui/button.tsx'
import { cx } from '@/components/ui/cx.ts'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { SegmentedControl } from '@/components/ui/segmented-control.tsx'
import { Status } from '@/components/ui/status.tsx'
import { useFocusBack } from '@/components/ui/use-focus-back.ts'
import { useViewData } from '@/components/ui/view-data.tsx'
import { incidentFigures, incidentSentence } from '@/lib/analysis/incident-words.ts'
import { formatDate, formatExact, formatMinute, zoneName } from '@/lib/base/format.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import type { Damage } from '@/lib/evidence/answers.ts'
import { type IncidentStatus, SEVERITIES, type Severity, TITLE_MAX } from '@/lib/model/incident.ts'
import { authorWords } from './entry-words.ts'
import { useIncident } from './scope.tsx'

/** The title; in place it becomes its own field. */
export function IncidentTitle() {
  const { incident, writing } = useIncident()
  const [text, setText] = useState<string | undefined>(undefined)
  const pencil = useFocusBack(text !== undefined)
  if (text === undefined || writing === undefined) {
    return (
      <span className="flex min-w-0 items-center gap-1">
        <span className="line-clamp-2 min-w-0 wrap-anywhere" title={visibleText(incident.title)}>
          {visibleText(incident.title)}
        </span>
        {writing !== undefined && (
          <IconButton
            ref={pencil}
            label="Edit the title"
            title="Edit the title"
            onClick={() => setText(incident.title)}
          >
            <Pencil size={14} aria-hidden />
          </IconButton>
        )}
      </span>
    )
  }
  const save = () => {
    const title = text.trim()
    if (title !== '' && title !== incident.title) writing.write({ kind: 'titled', title })
    setText(undefined)
  }
  const key = (event: KeyboardEvent) => {
    if (event.key === 'Enter') save()
    else if (event.key === 'Escape') {
      event.stopPropagation()
      setText(undefined)
    }
  }
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-1.5">
      <input
        value={text}
        aria-label="Title of the incident"
        maxLength={TITLE_MAX}
        // biome-ignore lint/a11y/noAutofocus: it takes the place of the title at the reader's request
        autoFocus
        onChange={(event) => setText(event.target.value)}
        onKeyDown={key}
        className="h-9 w-[min(44rem,60vw)] max-sm:w-full rounded-control border border-control-line bg-bg px-2 text-title font-semibold"
      />
      <Button tone="accent" onClick={save} disabled={text.trim() === ''}>
        Save
      </Button>
      <Button tone="plain" onClick={() => setText(undefined)}>
        Cancel
      </Button>
    </span>
  )
}

const LOOK = {
  open: { Icon: CircleDot, tone: 'text-bad' },
  mitigated: { Icon: ShieldCheck, tone: 'text-warn' },
  resolved: { Icon: CircleCheck, tone: 'text-ok' },
} as const

/** A status as sign and word. */
export function StatusWord({ status }: { readonly status: IncidentStatus }) {
  const { Icon, tone } = LOOK[status]
  return (
    <span className={cx('inline-flex items-center gap-1', tone)}>
      <Icon size={14} aria-hidden className="shrink-0" />
      {status}
    </span>
  )
}

const SEVERITY_TONE = { critical: 'text-bad', major: 'text-warn', minor: 'text-text-2' } as const

export function SeverityWord({ severity }: { readonly severity: Severity }) {
  return (
    <span className={cx('inline-flex items-center gap-1 font-semibold', SEVERITY_TONE[severity])}>
      <TriangleAlert size={14} aria-hidden className="shrink-0" />
      {severity}
    </span>
  )
}

/** Severity and status; for writers, to be changed in place. */
export function IncidentState() {
  const { incident, writing } = useIncident()
  if (writing === undefined) {
    return (
      <span className="flex items-center gap-3">
        <SeverityWord severity={incident.severity} />
        <StatusWord status={incident.status} />
      </span>
    )
  }
  return (
    <>
      <select
        aria-label="Severity"
        value={incident.severity}
        onChange={(event) => {
          const severity = SEVERITIES.find((one) => one === event.target.value)
          if (severity !== undefined) writing.write({ kind: 'severity', severity })
        }}
        className={cx(
          'h-7 rounded-control border border-control-line bg-bg px-1.5 pointer-coarse:h-10',
          SEVERITY_TONE[incident.severity],
        )}
      >
        {SEVERITIES.map((severity) => (
          <option key={severity} value={severity}>
            {severity}
          </option>
        ))}
      </select>
      <SegmentedControl
        label="Status"
        value={incident.status}
        segments={[
          { value: 'open', label: 'Open' },
          { value: 'mitigated', label: 'Mitigated' },
          { value: 'resolved', label: 'Resolved' },
        ]}
        onChange={(status) => writing.write({ kind: 'status', status })}
      />
    </>
  )
}

/** One sentence in numbers, from the frozen minutes of the first guild. */
export function Summary() {
  const { incident } = useIncident()
  const { zone } = usePreferences()
  const source = useViewData()
  const side = incident.sides[0]
  const { data } = useQuery({
    queryKey: [source.key, 'guild minutes', side?.guildId, [side?.fromMs, side?.toMs]],
    queryFn: ({ signal }) =>
      source.minutes(side?.guildId ?? '', { fromMs: side?.fromMs ?? 0, toMs: side?.toMs ?? 0 }, signal),
    enabled: side !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const words = useMemo(() => (data === undefined ? '' : incidentSentence(incidentFigures(data), zone)), [data, zone])
  return <p className="min-h-5 min-w-0 text-ui wrap-anywhere">{visibleText(words)}</p>
}

/** Since when it is frozen, what of it there is and what there is not. */
export function FrozenLine() {
  const { incident, evidence, damaged, isMissingOpen: open, openMissing } = useIncident()
  const { zone } = usePreferences()
  const missing = evidence?.missing ?? []
  const gone = missing.length + damaged.length
  const at =
    evidence === undefined
      ? ''
      : `frozen at ${formatDate(evidence.frozenAtMs, zone)} ${formatMinute(evidence.frozenAtMs, zone)} ${zoneName(zone)}`
  const traces = evidence?.traces ?? 0
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-table text-text-2">
        <span>{at}</span>
        {gone === 0 ? (
          <Status kind="ok">complete</Status>
        ) : (
          <Button aria-expanded={open} onClick={() => openMissing(!open)}>
            <TriangleAlert size={14} aria-hidden className="text-warn" />
            {[
              missing.length > 0 ? `${missing.length} missing` : '',
              damaged.length > 0 ? `${damaged.length} damaged` : '',
            ]
              .filter((part) => part !== '')
              .join(', ')}
          </Button>
        )}
        <span>
          {formatExact(traces)} {traces === 1 ? 'trace' : 'traces'}
        </span>
        {evidence?.sample !== undefined && (
          <span title={visibleText(evidence.sample.words)}>
            {formatExact(evidence.sample.taken)} of them drawn at random from {formatExact(evidence.sample.population)}
          </span>
        )}
        {(evidence?.redacted?.length ?? 0) > 0 && (
          <span>redacted: {evidence?.redacted?.map(({ key, how }) => `${visibleText(key)} (${how})`).join(', ')}</span>
        )}
        <span>
          by {authorWords(incident.createdBy)}, {formatDate(incident.createdMs, zone)}{' '}
          {formatMinute(incident.createdMs, zone)} {zoneName(zone)}
        </span>
      </p>
      {open && (
        <ul aria-label="What is missing" className="flex flex-col gap-1 text-table">
          {evidence?.sample !== undefined && (
            <li className="text-text-2">Sample: {visibleText(evidence.sample.words)}</li>
          )}
          {missing.map(({ what, reason }) => (
            <li key={`${what} ${reason}`} className="flex items-start gap-1.5">
              <CircleSlash size={14} aria-hidden className="mt-px shrink-0 text-text-3" />
              {visibleText(what)}: {visibleText(reason)}
            </li>
          ))}
          {damaged.map(({ what, why }) => (
            <li key={`${what} ${why}`} className="flex items-start gap-1.5 text-bad">
              <TriangleAlert size={14} aria-hidden className="mt-px shrink-0" />
              {visibleText(damageWords({ what, why }))}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** Reasons of stored pieces name the piece themselves. */
function damageWords({ what, why }: Damage): string {
  return why.toLowerCase().startsWith(what.toLowerCase()) ? why : `${what} is damaged: ${why}`
}
