/** The draft of a post-mortem in Markdown: what the evidence says, what people noted, what is missing. Times in UTC. */
import { beforeAfter, type Change, COMPARED, comparedRange } from '../analysis/before-after.ts'
import { incidentFigures, incidentSentence } from '../analysis/incident-words.ts'
import { formatBusy, formatCount, formatDate, formatDuration, formatExact, formatTime } from '../base/format.ts'
import type { Manifest } from '../evidence/manifest.ts'
import type { EvidenceReader } from '../evidence/reader.ts'
import type { Author, Entry, Incident, Pin, Side } from '../model/incident.ts'
import { code, link, plain, quoted, table } from './markdown.ts'
import { spanOfTime } from './words.ts'

/** Minutes before and after a marker. */
const COMPARED_MINUTES = 10
const ACTIONS_SHOWN = 5

export interface PostMortemContent {
  readonly incident: Incident
  readonly entries: readonly Entry[]
  readonly manifest: Manifest
  readonly reader: EvidenceReader
}

/** `publicUrl`: where this instance is reached, without a slash at its end; undefined: links are relative. */
export async function postMortem(content: PostMortemContent, publicUrl: string | undefined): Promise<string> {
  const { incident, manifest, reader } = content
  const at = (path: string) => `${publicUrl ?? ''}/incidents/${incident.id}${path}`
  const parts = [
    `# ${plain(incident.title)}`,
    [
      `- Severity: ${incident.severity}, status: ${incident.status}`,
      `- Created ${when(incident.createdMs)} by ${by(incident.createdBy)}, last change ${when(incident.changedMs)}`,
      `- Evidence frozen ${when(manifest.frozenAtMs)}: ${link('the incident', at(''))}`,
    ].join('\n'),
    '## Summary',
    ...(await Promise.all(incident.sides.map((side) => summaryOf(side, reader, at)))),
    '## Timeline',
    timeline(content),
    ...(await markers(content)),
    ...notes(incident),
    '## What the numbers rest on',
    basis(manifest),
    '## What is missing',
    manifest.missing.length === 0
      ? 'Nothing that was asked for.'
      : manifest.missing.map(({ what, reason }) => `- ${plain(what)}: ${plain(reason)}`).join('\n'),
  ]
  return `${parts.join('\n\n')}\n`
}

async function summaryOf(side: Side, reader: EvidenceReader, at: (path: string) => string): Promise<string> {
  const guild = `${side.guildName === undefined ? '' : `${plain(side.guildName)} `}${code(side.guildId)}`
  const path = `/guilds/${encodeURIComponent(side.guildId)}?v=1&from=${side.fromMs}&to=${side.toMs}`
  const head = `Guild ${guild}, ${plain(spanOfTime(side))}, ${link('heat map, flame graph and traces', at(path))}.`
  const minutes = await reader.minutes(side.guildId, side)
  if (!minutes.ok) return `${head}\n\n${plain(minutes.failure.what)}`
  const figures = incidentFigures(minutes.value)
  const rows =
    figures.cause === undefined
      ? []
      : [
          `Main action: ${code(figures.cause.action)}, ×${formatCount(figures.cause.factor)} (${figures.cause.from}, highest minute against the median before).`,
        ]
  return [
    head,
    `${plain(incidentSentence(figures, 'UTC'))}`,
    ...rows,
    `![Heat map](<${at('/picture.png').replace('/incidents/', '/api/incidents/')}>)`,
  ].join('\n\n')
}

/** Notes that speak of a time, markers, and changes of status, in the order of what they speak about. */
function timeline({ incident, entries }: PostMortemContent): string {
  const rows: { readonly atMs: number; readonly words: string }[] = []
  for (const { change, atMs, by: author } of entries) {
    if (change.kind === 'created') rows.push({ atMs, words: `Incident created by ${by(author)}` })
    if (change.kind === 'status') rows.push({ atMs, words: `Status: ${change.status} (${by(author)})` })
    if (change.kind === 'severity') rows.push({ atMs, words: `Severity: ${change.severity} (${by(author)})` })
    if (change.kind === 'evidence-added')
      rows.push({ atMs, words: `More was frozen: ${plain(change.what)} (${by(author)})` })
  }
  for (const marker of incident.markers)
    rows.push({ atMs: marker.atMs, words: `**${plain(marker.label)}** (${by(marker.by)})` })
  for (const note of incident.notes) {
    const atMs = note.removed ? undefined : pinTime(note.pin)
    if (atMs !== undefined) rows.push({ atMs, words: `Note on ${pinWords(note.pin)}: ${plain(firstLine(note.text))}` })
  }
  rows.sort((a, b) => a.atMs - b.atMs)
  return rows.map(({ atMs, words }) => `- ${when(atMs)} – ${words}`).join('\n')
}

async function markers({ incident, reader }: PostMortemContent): Promise<readonly string[]> {
  const [side] = incident.sides
  if (incident.markers.length === 0 || side === undefined) return []
  const parts = ['## Before and after']
  for (const marker of incident.markers) {
    parts.push(`### ${plain(marker.label)}, ${when(marker.atMs)}`)
    const minutes = await reader.minutes(side.guildId, comparedRange(marker.atMs, COMPARED_MINUTES))
    if (!minutes.ok) {
      parts.push(plain(minutes.failure.what))
      continue
    }
    const compared = beforeAfter(minutes.value, marker.atMs, COMPARED_MINUTES)
    const left = [
      ...compared.before.leftOut.map((why) => `before: ${why}`),
      ...compared.after.leftOut.map((why) => `after: ${why}`),
    ]
    const row = (name: string, changes: readonly Change[]) => [
      name,
      ...COMPARED.map((kind) => cell(changes.find((each) => each.kind === kind))),
    ]
    parts.push(
      table(
        ['', 'arrived / min', 'processed / min', 'mean cost', 'mean wait', 'busy / min'],
        [
          row('all actions', compared.total),
          ...compared.actions.slice(0, ACTIONS_SHOWN).map(({ action, changes }) => row(code(action), changes)),
        ],
      ),
      `${formatExact(compared.before.used)} minutes before and ${formatExact(compared.after.used)} after count${left.length === 0 ? '' : `; left out: ${plain(left.join('; '))}`}.`,
    )
  }
  return parts
}

function cell(change: Change | undefined): string {
  if (change === undefined) return '–'
  const { kind, before, after, ratio } = change
  if (Number.isNaN(before.value) && Number.isNaN(after.value)) return '–'
  const value = (x: number) =>
    Number.isNaN(x)
      ? '–'
      : kind === 'busy'
        ? formatBusy(x)
        : kind === 'cost' || kind === 'wait'
          ? formatDuration(x * 1_000)
          : formatCount(x)
  const n = Number.isNaN(before.n)
    ? ''
    : ` (n ${formatCount(before.n)} / ${Number.isNaN(after.n) ? '–' : formatCount(after.n)})`
  return `${value(before.value)} → ${value(after.value)}${Number.isNaN(ratio) ? '' : `, ×${formatCount(ratio)}`}${n}`
}

function notes(incident: Incident): readonly string[] {
  const kept = incident.notes.filter((note) => !note.removed)
  if (kept.length === 0) return []
  return [
    '## Notes',
    ...kept.flatMap((note) => [
      `On ${pinWords(note.pin)} – ${by(note.by)}, ${when(note.editedMs ?? note.createdMs)}:`,
      quoted(note.text),
      ...note.conflicts.flatMap((version) => [
        `Written at the same time by ${by(version.by)}, still to be merged:`,
        quoted(version.text),
      ]),
    ]),
  ]
}

function basis(manifest: Manifest): string {
  const spans = manifest.traces.reduce((sum, trace) => sum + trace.spans, 0)
  const unknown = manifest.traces.filter((trace) => trace.weight < 0).length
  const lines = [
    `Frozen ${when(manifest.frozenAtMs)} by Guildscope ${plain(manifest.madeBy)}: ${formatExact(manifest.minutes.length)} × minutes, ${formatExact(manifest.flames.length)} flame graphs, ${formatExact(manifest.traces.length)} traces with ${formatExact(spans)} spans.`,
    ...manifest.lists.map(
      ({ side, total }) =>
        `Traces of guild ${code(side.guildId)} listed then: ${total === undefined ? 'not known how many there were' : formatExact(total)}.`,
    ),
    ...(manifest.sample === undefined ? [] : [`Random sample: ${plain(manifest.sample.words)}`]),
    ...(unknown === 0
      ? []
      : [`The sampling of ${formatExact(unknown)} of the traces is unknown: they stand for an unknown number.`]),
    ...manifest.sources.map(
      ({ name, ok, facts }) =>
        `${plain(name)}: ${ok ? 'well' : 'not well'}${facts.length === 0 ? '' : ` (${plain(facts.join('; '))})`}.`,
    ),
    ...(manifest.redacted === undefined || manifest.redacted.length === 0
      ? []
      : [
          `Redacted before this was made: ${manifest.redacted.map(({ key, how }) => `${code(key)} ${how}`).join(', ')}.`,
        ]),
  ]
  return lines.map((line) => `- ${line}`).join('\n')
}

function pinTime(pin: Pin): number | undefined {
  switch (pin.kind) {
    case 'time':
      return pin.atMs
    case 'range':
      return pin.fromMs
    case 'cell':
      return pin.minuteMs
    case 'incident':
    case 'span':
      return undefined
  }
}

/** Markdown. */
function pinWords(pin: Pin): string {
  switch (pin.kind) {
    case 'incident':
      return 'the incident'
    case 'time':
      return when(pin.atMs)
    case 'range':
      return `${when(pin.fromMs)} to ${when(pin.toMs)}`
    case 'cell':
      return `${code(pin.action)} at ${when(pin.minuteMs)}`
    case 'span':
      return `a span of trace ${code(pin.traceId)}`
  }
}

function firstLine(text: string): string {
  const line = text.trim().split('\n')[0] ?? ''
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}

function when(ms: number): string {
  return `${formatDate(ms, 'UTC')} ${formatTime(ms, 'UTC')} UTC`
}

function by(author: Author): string {
  return plain(author.name)
}
