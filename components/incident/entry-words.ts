/** The history of an incident in words. */

import { formatMinute, type Zone } from '@/lib/base/format.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import type { Author, Change, Entry } from '@/lib/model/incident.ts'
import { firstWords } from './pins.ts'

/** `Ann`; who nobody was asked about is marked as such. */
export function authorWords(by: Author): string {
  return by.known ? visibleText(by.name) : `${visibleText(by.name)} (not verified)`
}

/** Number of each note: its place among those that were added. */
export function noteNumbers(entries: readonly Entry[]): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>()
  for (const { change } of entries) {
    if ('noteId' in change && !numbers.has(change.noteId)) numbers.set(change.noteId, numbers.size + 1)
  }
  return numbers
}

/** What markers are called. */
export function markerLabels(entries: readonly Entry[]): ReadonlyMap<string, string> {
  return new Map(
    entries.flatMap(({ change }) => (change.kind === 'marker-added' ? [[change.markerId, change.label]] : [])),
  )
}

export interface ChangeNames {
  readonly numbers: ReadonlyMap<string, number>
  readonly labels: ReadonlyMap<string, string>
}

export function changeNames(entries: readonly Entry[]): ChangeNames {
  return { numbers: noteNumbers(entries), labels: markerLabels(entries) }
}

export function changeWords(change: Change, { numbers, labels }: ChangeNames, zone: Zone): string {
  const note = (id: string) => `note ${numbers.get(id) ?? '?'}`
  switch (change.kind) {
    case 'created':
      return `froze the incident “${visibleText(change.title)}” as ${change.severity}`
    case 'titled':
      return `changed the title to “${visibleText(change.title)}”`
    case 'severity':
      return `set the severity to ${change.severity}`
    case 'status':
      return `set the status to ${change.status}`
    case 'note-added':
      return `added ${note(change.noteId)}: ${visibleText(firstWords(change.text))}`
    case 'note-edited':
      return `edited ${note(change.noteId)}: ${visibleText(firstWords(change.text))}`
    case 'note-removed':
      return `removed ${note(change.noteId)}`
    case 'marker-added':
      return `marked ${formatMinute(change.atMs, zone)} as “${visibleText(change.label)}”`
    case 'marker-removed':
      return `removed the marker “${visibleText(labels.get(change.markerId) ?? '?')}”`
    case 'evidence-added':
      return `froze more evidence: ${visibleText(change.what)}`
  }
}
