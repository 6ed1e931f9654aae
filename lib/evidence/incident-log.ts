/**
 * The fold of an incident's log.
 *
 * The merge rule. Title, severity, status, a marker: the later entry wins, and the log keeps all. A note's text is somebody's work, so
 * it goes further: an edit states the revision that its writer had before them (`base`).
 *
 *   revision 1 "a"     Ann and Bo both read it
 *   Ann: "b", base 1   → revision 2 "b"
 *   Bo:  "c", base 1   → revision 3 "c", conflicts: ["b"]     Bo never saw "b": it stays until somebody
 *   Ann: "bc", base 3  → revision 4 "bc", conflicts: []       who saw both edits from the newest revision
 *
 * A removal from an older revision than the newest does not remove: it is kept in `refusedRemoval` for people to see. An edit brings a
 * removed note back. So no text that was ever acknowledged leaves a note unless somebody who saw it replaced or removed it.
 */
import { ok, type Result } from '../base/result.ts'
import type { Author, Entry, Incident, Marker, Note, NoteVersion } from '../model/incident.ts'
import { unreadable } from './versions.ts'

/** `entries` in any order; an id that comes twice counts once. */
export function foldLog(id: string, entries: readonly Entry[]): Result<Incident> {
  const ordered = distinct(entries)
  const first = ordered.find((entry) => entry.change.kind === 'created')
  if (first === undefined || first.change.kind !== 'created')
    return unreadable('incident’s log', 'does not say how the incident began')
  const { title, severity, sides, view, manifest } = first.change
  const fold = new Fold(title, severity, manifest)
  for (const entry of ordered) fold.apply(entry)
  const last = ordered[ordered.length - 1]
  return ok({
    id,
    ...{ title: fold.title, severity: fold.severity, status: fold.status, sides, view },
    createdMs: first.atMs,
    createdBy: first.by,
    changedMs: last.atMs,
    notes: fold.notes,
    markers: fold.markers,
    manifest: fold.manifest,
    length: last.seq + 1,
  })
}

/** In the order of the log, each id once. Two that got the same `seq` at two copies of the application: by id, the same for everybody. */
export function distinct(entries: readonly Entry[]): Entry[] {
  const seen = new Set<string>()
  return [...entries]
    .sort((a, b) => a.seq - b.seq || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
    .filter((entry) => {
      if (seen.has(entry.id)) return false
      seen.add(entry.id)
      return true
    })
}

class Fold {
  title: Incident['title']
  severity: Incident['severity']
  status: Incident['status'] = 'open'
  manifest: string
  readonly #notes = new Map<string, Note>()
  readonly #markers = new Map<string, Marker>()

  constructor(title: string, severity: Incident['severity'], manifest: string) {
    this.title = title
    this.severity = severity
    this.manifest = manifest
  }

  /** In the order in which they were added. */
  get notes(): readonly Note[] {
    return [...this.#notes.values()]
  }

  /** In order of time. */
  get markers(): readonly Marker[] {
    return [...this.#markers.values()].sort((a, b) => a.atMs - b.atMs)
  }

  apply({ change, by, atMs }: Entry): void {
    switch (change.kind) {
      case 'created':
        return
      case 'titled':
        this.title = change.title
        return
      case 'severity':
        this.severity = change.severity
        return
      case 'status':
        this.status = change.status
        return
      case 'evidence-added':
        this.manifest = change.manifest
        return
      case 'marker-added': {
        const { markerId, label } = change
        this.#markers.set(markerId, { markerId, label, atMs: change.atMs, by })
        return
      }
      case 'marker-removed':
        this.#markers.delete(change.markerId)
        return
      case 'note-added': {
        const { noteId, text, pin } = change
        const known = this.#notes.get(noteId)
        // Two notes under one id: the text of the first is kept like that of an edit that nobody saw.
        if (known === undefined) this.#notes.set(noteId, newNote(noteId, pin, text, by, atMs))
        else this.#notes.set(noteId, edited(known, text, 0, by, atMs))
        return
      }
      case 'note-edited': {
        const { noteId, text, base } = change
        const known = this.#notes.get(noteId)
        // Its beginning is not in this log: the text is not lost for that.
        if (known === undefined) this.#notes.set(noteId, newNote(noteId, { kind: 'incident' }, text, by, atMs))
        else this.#notes.set(noteId, edited(known, text, base, by, atMs))
        return
      }
      case 'note-removed': {
        const known = this.#notes.get(change.noteId)
        if (known === undefined || known.removed) return
        const { refusedRemoval: _, ...note } = known
        const seen = change.base === known.revision
        this.#notes.set(change.noteId, seen ? { ...note, removed: true } : { ...note, refusedRemoval: { by, atMs } })
      }
    }
  }
}

function newNote(noteId: string, pin: Note['pin'], text: string, by: Author, atMs: number): Note {
  return { noteId, pin, text, revision: 1, by, createdMs: atMs, conflicts: [], removed: false }
}

function edited(known: Note, text: string, base: number, by: Author, atMs: number): Note {
  const { refusedRemoval, ...note } = known
  const seen = base === known.revision
  return {
    ...note,
    text,
    revision: known.revision + 1,
    by,
    editedMs: atMs,
    conflicts: seen ? [] : withUnseen(known, text),
    removed: false,
    ...(seen || refusedRemoval === undefined ? {} : { refusedRemoval }),
  }
}

/** The texts that wait to be merged once `text` stands over the note's. */
function withUnseen(known: Note, text: string): readonly NoteVersion[] {
  const overwritten: NoteVersion = {
    revision: known.revision,
    text: known.text,
    by: known.by,
    atMs: known.editedMs ?? known.createdMs,
  }
  return [...known.conflicts, overwritten].filter((version) => version.text !== text)
}
