'use client'
/** What is being written, kept for a reload: in this tab, since another one may write at the same note. */
import type { Pin } from '@/lib/model/incident.ts'

export interface Draft {
  readonly text: string
  /** Of a new note. */
  readonly pin?: Pin
  /** Of an edit: the revision that its writer had before them. */
  readonly base?: number
}

const key = (incidentId: string, noteId: string) => `guildscope.draft.${incidentId}.${noteId}`

/** `noteId`: `new` for a note that is not there yet. */
export function loadDraft(incidentId: string, noteId: string): Draft | undefined {
  try {
    const text = sessionStorage.getItem(key(incidentId, noteId))
    if (text === null) return undefined
    const draft: Draft = JSON.parse(text)
    return typeof draft.text === 'string' ? draft : undefined
  } catch {
    // Storage is forbidden, or holds something else.
    return undefined
  }
}

/** An empty text takes the draft away. */
export function saveDraft(incidentId: string, noteId: string, draft: Draft | undefined): void {
  try {
    if (draft === undefined || draft.text.trim() === '') sessionStorage.removeItem(key(incidentId, noteId))
    else sessionStorage.setItem(key(incidentId, noteId), JSON.stringify(draft))
  } catch {
    // The text lives as long as the page.
  }
}
