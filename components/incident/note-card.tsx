'use client'
import { LocateFixed, Pencil, Trash2, TriangleAlert } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { pointsAt, usePointedNote } from '@/components/ui/annotations.tsx'
import { announce, toast } from '@/components/ui/announce.tsx'
import { Button, IconButton } from '@/components/ui/button.tsx'
import { cx } from '@/components/ui/cx.ts'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { useFocusBack } from '@/components/ui/use-focus-back.ts'
import { formatDate, formatMinute, formatTime, zoneName } from '@/lib/base/format.ts'
import type { Note } from '@/lib/model/incident.ts'
import { type Draft, loadDraft, saveDraft } from './drafts.ts'
import { authorWords } from './entry-words.ts'
import { Markdown } from './markdown.tsx'
import { NoteEditor } from './note-editor.tsx'
import { type NumberedNote, pinWords } from './pins.ts'
import { useIncident, type Writing } from './scope.tsx'

/** One note: what it is about, who wrote it, its text; editing, and the texts that others wrote at the same time. */
export function NoteCard({ note, number }: NumberedNote) {
  const { incident, writing, focused, focus, show, hrefOf } = useIncident()
  const { zone } = usePreferences()
  const card = useRef<HTMLElement>(null)
  const isFocused = focused === note.noteId
  const isPointed = usePointedNote() === note.noteId
  const { draft, setDraft, close } = useDraft(note.noteId)
  useEffect(() => {
    if (isFocused) card.current?.scrollIntoView({ block: 'nearest' })
  }, [isFocused])
  const pencil = useFocusBack(draft !== undefined)
  const href = hrefOf(note.pin)
  const where = pinWords(note.pin, incident, zone)
  const written = note.editedMs ?? note.createdMs
  const edit = () => setDraft(loadDraft(incident.id, note.noteId) ?? { text: note.text, base: note.revision })
  return (
    <article
      ref={card}
      aria-label={`Note ${number}, ${where}`}
      className={cx(
        'flex flex-col gap-1.5 border-b border-line border-l-2 px-3 py-2',
        isFocused ? 'border-l-accent bg-surface' : isPointed ? 'border-l-text bg-surface' : 'border-l-transparent',
      )}
      {...pointsAt(note.noteId)}
    >
      <div className="flex min-h-7 items-center gap-2">
        <button
          type="button"
          aria-label={`Note ${number}: mark it in the views`}
          aria-pressed={isFocused}
          onClick={() => focus(isFocused ? '' : note.noteId)}
          className="-my-1 flex min-h-7 shrink-0 items-center pointer-coarse:min-h-10 pointer-coarse:min-w-10"
        >
          <span
            className={cx(
              'flex h-5 min-w-5 items-center justify-center rounded-control px-1 text-axis font-semibold',
              isFocused ? 'bg-accent text-on-accent' : 'bg-text text-bg',
            )}
          >
            {number}
          </span>
        </button>
        <h3 className="min-w-0 truncate text-table font-semibold" title={where}>
          {where}
        </h3>
        <span className="ml-auto flex shrink-0 items-center">
          {href !== undefined && (
            <IconButton
              label={`Show note ${number} in its view`}
              title="Show in the view it is pinned to"
              onClick={() => show(note.pin, note.noteId)}
            >
              <LocateFixed size={14} aria-hidden />
            </IconButton>
          )}
          {writing !== undefined && draft === undefined && (
            <>
              <IconButton ref={pencil} label={`Edit note ${number}`} title="Edit" onClick={edit}>
                <Pencil size={14} aria-hidden />
              </IconButton>
              <Remove note={note} number={number} writing={writing} />
            </>
          )}
        </span>
      </div>
      {draft === undefined ? (
        <Markdown text={note.text} />
      ) : (
        <Edited note={note} number={number} draft={draft} onDraft={setDraft} onClose={close} />
      )}
      {draft === undefined && note.conflicts.length > 0 && (
        <Conflicts
          note={note}
          onMerge={writing === undefined ? undefined : () => setDraft({ text: mergedText(note), base: note.revision })}
        />
      )}
      {note.refusedRemoval !== undefined && (
        <p className="flex items-start gap-1 text-table text-warn">
          <TriangleAlert size={14} aria-hidden className="mt-px shrink-0" />
          {authorWords(note.refusedRemoval.by)} removed this note without having seen its newest text, so it stayed.
        </p>
      )}
      <p className="flex items-center gap-1 text-axis text-text-2">
        <span className="min-w-0 wrap-anywhere">
          {formatDate(written, zone)} {formatMinute(written, zone)} {zoneName(zone)}, {authorWords(note.by)}
          {note.revision > 1 && ` · edited, ${note.revision} texts`}
        </span>
      </p>
    </article>
  )
}

/** What is written at a note. After a reload it is open again: only once the page stands, since the server knows nothing of it. */
function useDraft(noteId: string) {
  const { incident, writing } = useIncident()
  const [draft, setDraft] = useState<Draft | undefined>(undefined)
  const mayWrite = writing !== undefined
  useEffect(() => {
    if (mayWrite) setDraft(loadDraft(incident.id, noteId))
  }, [incident.id, noteId, mayWrite])
  return {
    draft,
    setDraft: (next: Draft | undefined) => {
      setDraft(next)
      saveDraft(incident.id, noteId, next)
    },
    /** Out of sight; what was written stays in storage. */
    close: () => setDraft(undefined),
  }
}

function Edited({
  note,
  number,
  draft,
  onDraft,
  onClose,
}: NumberedNote & {
  readonly draft: Draft
  readonly onDraft: (draft: Draft | undefined) => void
  readonly onClose: () => void
}) {
  const { writing } = useIncident()
  const overtaken = draft.base !== undefined && draft.base !== note.revision && draft.text !== note.text
  if (writing === undefined) return undefined
  const save = () => {
    writing.write({ kind: 'note-edited', noteId: note.noteId, text: draft.text, base: draft.base ?? note.revision })
    onDraft(undefined)
    announce(`Note ${number} saved.`)
  }
  return (
    <>
      {overtaken && (
        <div className="flex flex-col gap-1.5 rounded-control border border-warn p-2 text-table">
          <p className="flex items-start gap-1 text-warn">
            <TriangleAlert size={14} aria-hidden className="mt-px shrink-0" />
            {authorWords(note.by)} changed this note while you were writing. It reads now:
          </p>
          <Markdown text={note.text} />
          <Button
            className="self-start"
            onClick={() => onDraft({ text: both(note.text, draft.text), base: note.revision })}
          >
            Merge: put both texts into the box
          </Button>
          <p className="text-text-2">Saved as it is, both texts are kept until somebody merges them.</p>
        </div>
      )}
      <NoteEditor
        label={`Text of note ${number}`}
        text={draft.text}
        onText={(text) => onDraft({ ...draft, text })}
        onSave={save}
        onCancel={() => onDraft(undefined)}
        onClose={() => {
          onClose()
          if (draft.text !== note.text) toast('What you wrote is kept: it stands there again when you edit the note.')
        }}
        saveWords="Save"
      />
    </>
  )
}

function Conflicts({ note, onMerge }: { readonly note: Note; readonly onMerge: (() => void) | undefined }) {
  const { zone } = usePreferences()
  return (
    <div className="flex flex-col gap-1.5 rounded-control border border-warn p-2">
      <p className="flex items-start gap-1 text-table text-warn">
        <TriangleAlert size={14} aria-hidden className="mt-px shrink-0" />
        Written at the same time by others, and not merged yet:
      </p>
      {note.conflicts.map((version) => (
        <div key={version.revision} className="border-t border-line pt-1.5">
          <Markdown text={version.text} />
          <p className="text-axis text-text-2">
            {authorWords(version.by)}, {formatTime(version.atMs, zone)} {zoneName(zone)}
          </p>
        </div>
      ))}
      {onMerge !== undefined && (
        <Button className="self-start" onClick={onMerge}>
          Merge
        </Button>
      )}
    </div>
  )
}

function Remove({ note, number, writing }: NumberedNote & { readonly writing: Writing }) {
  const [asked, setAsked] = useState(false)
  const bin = useFocusBack(asked)
  if (!asked) {
    return (
      <IconButton ref={bin} label={`Remove note ${number}`} title="Remove" onClick={() => setAsked(true)}>
        <Trash2 size={14} aria-hidden />
      </IconButton>
    )
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape on either of its buttons
    <span
      className="flex items-center gap-1"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        setAsked(false)
      }}
    >
      <Button
        className="text-bad!"
        autoFocus
        onClick={() => {
          writing.write({ kind: 'note-removed', noteId: note.noteId, base: note.revision })
          announce(`Note ${number} removed. The history keeps its text.`)
        }}
      >
        Remove note
      </Button>
      <Button tone="plain" onClick={() => setAsked(false)}>
        Keep
      </Button>
    </span>
  )
}

function mergedText(note: Note): string {
  return [...note.conflicts.map(({ text }) => text), note.text].reduce(both)
}

/** Both texts under each other; one that holds the other already is both. */
function both(theirs: string, mine: string): string {
  if (mine.includes(theirs)) return mine
  return theirs.includes(mine) ? theirs : `${theirs}\n\n${mine}`
}
