/** Where notes are pinned: in words, in time, and in which view. */
import { guildView } from '@/components/guild/guild-view.ts'
import { rangeWords, shownName } from '@/components/guild/words.ts'
import { traceCodec } from '@/components/trace/trace-view-state.ts'
import type { FrozenRange } from '@/components/ui/view-data.tsx'
import { nearestRange } from '@/components/ui/view-data.tsx'
import { formatDate, formatMinute, formatTime, type Zone } from '@/lib/base/format.ts'
import type { Incident, Note, Pin } from '@/lib/model/incident.ts'
import { MINUTE_MS } from '@/lib/model/timings.ts'

/** When the note's subject was, Unix ms; undefined where it has no time of its own. */
export function pinTime(pin: Pin): number | undefined {
  switch (pin.kind) {
    case 'time':
      return pin.atMs
    case 'range':
      return pin.fromMs
    case 'cell':
      return pin.minuteMs
    case 'span':
    case 'incident':
      return undefined
  }
}

/** `10:05 · message_reaction_add`; days where the incident has more than one. */
export function pinWords(pin: Pin, incident: Pick<Incident, 'sides'>, zone: Zone): string {
  const name = (guildId: string) => (incident.sides.length < 2 ? '' : ` · ${shownName(nameOf(incident, guildId))}`)
  const days = new Set(
    incident.sides.flatMap(({ fromMs, toMs }) => [fromMs, toMs - 1]).map((ms) => formatDate(ms, zone)),
  )
  const day = (ms: number) => (days.size === 1 && days.has(formatDate(ms, zone)) ? '' : `${formatDate(ms, zone)} `)
  switch (pin.kind) {
    case 'incident':
      return 'the whole incident'
    case 'time':
      return `${day(pin.atMs)}${pin.atMs % MINUTE_MS === 0 ? formatMinute(pin.atMs, zone) : formatTime(pin.atMs, zone)}`
    case 'range': {
      const words = rangeWords(pin, zone)
      return `${words.includes(' ') ? '' : day(pin.fromMs)}${words}${pin.guildId === undefined ? '' : name(pin.guildId)}`
    }
    case 'cell':
      return `${day(pin.minuteMs)}${formatMinute(pin.minuteMs, zone)} · ${shownName(pin.action)}${name(pin.guildId)}`
    case 'span':
      return `span ${pin.spanId.slice(0, 8)} of trace ${pin.traceId.slice(0, 8)}`
  }
}

function nameOf(incident: Pick<Incident, 'sides'>, guildId: string): string {
  return incident.sides.find((side) => side.guildId === guildId)?.guildName ?? guildId
}

/** The view in which the pinned thing is seen; undefined where the whole incident is meant. */
export type PinnedView =
  | { readonly kind: 'guild'; readonly guildId: string; readonly search: string }
  | { readonly kind: 'trace'; readonly traceId: string; readonly search: string }

export function pinnedView(
  pin: Pin,
  incident: Pick<Incident, 'sides'>,
  rangesOf: (guildId: string) => readonly FrozenRange[],
): PinnedView | undefined {
  if (pin.kind === 'incident') return undefined
  if (pin.kind === 'span') {
    const ref = pin.ordinal === 0 ? pin.spanId : `${pin.spanId}-${pin.ordinal}`
    const { state } = traceCodec.parse('')
    return { kind: 'trace', traceId: pin.traceId, search: traceCodec.print({ ...state, span: ref, details: true }) }
  }
  const guildId = 'guildId' in pin && pin.guildId !== undefined ? pin.guildId : incident.sides[0]?.guildId
  if (guildId === undefined) return undefined
  const selection = selected(pin)
  const shown = nearestRange(rangesOf(guildId), selection.fromMs, selection.toMs) ?? {
    fromMs: selection.fromMs - 15 * MINUTE_MS,
    toMs: selection.toMs + 15 * MINUTE_MS,
  }
  const search = guildView.print({
    ...guildView.parse('').state,
    from: shown.fromMs,
    to: shown.toMs,
    sel: selection.fromMs,
    selTo: selection.toMs - selection.fromMs === MINUTE_MS ? undefined : selection.toMs,
    action: pin.kind === 'cell' ? pin.action : '',
  })
  return { kind: 'guild', guildId, search }
}

function selected(pin: Exclude<Pin, { kind: 'incident' | 'span' }>): { fromMs: number; toMs: number } {
  const whole = (ms: number) => Math.floor(ms / MINUTE_MS) * MINUTE_MS
  if (pin.kind === 'range') return { fromMs: whole(pin.fromMs), toMs: Math.ceil(pin.toMs / MINUTE_MS) * MINUTE_MS }
  const fromMs = whole(pin.kind === 'cell' ? pin.minuteMs : pin.atMs)
  return { fromMs, toMs: fromMs + MINUTE_MS }
}

/** A note with its number: its place in the log, so that numbers never move. */
export interface NumberedNote {
  readonly note: Note
  readonly number: number
}

/** Without removed ones; those without a time first when they speak of the whole, last when they speak of a span. */
export function inOrder(notes: readonly Note[]): readonly NumberedNote[] {
  const at = ({ note }: NumberedNote) =>
    pinTime(note.pin) ?? (note.pin.kind === 'incident' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY)
  return notes
    .map((note, index) => ({ note, number: index + 1 }))
    .filter(({ note }) => !note.removed)
    .sort((a, b) => (at(a) === at(b) ? a.number - b.number : at(a) - at(b)))
}

/** The first words of a note without its Markdown, for lists and labels. */
export function firstWords(text: string, most = 60): string {
  const line = text
    .split('\n')
    .map((part) =>
      part
        .replace(/^[\s#>*+-]+/, '')
        .replace(/[*_`~]|!?\[([^\]]*)\]\([^)]*\)/g, '$1')
        .trim(),
    )
    .find((part) => part !== '')
  const characters = [...(line ?? '')]
  return characters.length > most ? `${characters.slice(0, most).join('')}…` : (line ?? '')
}
