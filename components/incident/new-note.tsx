'use client'
import { useEffect, useState } from 'react'
import { announce } from '@/components/ui/announce.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { fromWallClock, toWallClock, zoneName } from '@/lib/base/format.ts'
import type { Pin } from '@/lib/model/incident.ts'
import { loadDraft, saveDraft } from './drafts.ts'
import { NoteEditor } from './note-editor.tsx'
import { pinTime, pinWords } from './pins.ts'
import { useIncident } from './scope.tsx'

/** A note that is not there yet. What is written stays through a reload; what it is pinned to can be changed. */
export function NewNote({ pin }: { readonly pin: Pin }) {
  const { incident, writing, compose, focus } = useIncident()
  const { zone } = usePreferences()
  const [text, setText] = useState(() => loadDraft(incident.id, 'new')?.text ?? '')
  useEffect(() => saveDraft(incident.id, 'new', { text, pin }), [incident.id, text, pin])
  if (writing === undefined) return undefined

  const done = () => {
    saveDraft(incident.id, 'new', undefined)
    setText('')
    compose(undefined)
  }
  const save = () => {
    const noteId = writing.newId()
    writing.write({ kind: 'note-added', noteId, text, pin })
    done()
    focus(noteId)
    announce('Note added.')
  }
  const start = pinTime(pin) ?? incident.sides[0]?.fromMs ?? incident.createdMs
  return (
    <section aria-label="New note" className="flex flex-col gap-2 border-b border-line bg-surface p-3">
      <div className="flex flex-wrap items-center gap-2 text-table text-text-2">
        <label className="flex items-center gap-1">
          Note about
          <select
            value={pin.kind === 'incident' ? 'incident' : pin.kind === 'time' ? 'time' : 'pinned'}
            onChange={(event) => {
              if (event.target.value === 'incident') compose({ kind: 'incident' })
              else if (event.target.value === 'time') compose({ kind: 'time', atMs: start })
            }}
            className="h-7 max-w-48 rounded-control border border-control-line bg-bg px-1 text-text pointer-coarse:h-10"
          >
            <option value="incident">the whole incident</option>
            <option value="time">a time</option>
            {pin.kind !== 'incident' && pin.kind !== 'time' && (
              <option value="pinned">{pinWords(pin, incident, zone)}</option>
            )}
          </select>
        </label>
        {pin.kind === 'time' && (
          <WallClock label="Time of the note" atMs={pin.atMs} onChange={(atMs) => compose({ kind: 'time', atMs })} />
        )}
      </div>
      <NoteEditor
        label="Text of the note"
        text={text}
        onText={setText}
        onSave={save}
        onCancel={done}
        saveWords="Add note"
      />
      <p className="text-axis text-text-2">Select minutes or a cell in the heat map, or a span, to pin a note there.</p>
    </section>
  )
}

/** A time in the reader's zone, named. */
export function WallClock({
  label,
  atMs,
  onChange,
}: {
  readonly label: string
  readonly atMs: number
  readonly onChange: (atMs: number) => void
}) {
  const { zone } = usePreferences()
  return (
    <label className="flex items-center gap-1 text-table text-text-2">
      <span className="sr-only">{label}</span>
      <input
        type="datetime-local"
        value={toWallClock(atMs, zone)}
        onChange={(event) => {
          const next = fromWallClock(event.target.value, zone)
          if (next !== undefined) onChange(next)
        }}
        className="h-7 rounded-control border border-control-line bg-bg px-1 text-text pointer-coarse:h-10"
      />
      {zoneName(zone)}
    </label>
  )
}
