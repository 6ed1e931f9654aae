'use client'
import { useEffect, useState } from 'react'
import { announce, toast } from '@/components/ui/announce.tsx'
import { MinuteField } from '@/components/ui/minute-field.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { zoneName } from '@/lib/base/format.ts'
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
  const badTime = pin.kind === 'time' && Number.isNaN(pin.atMs)
  useEffect(() => {
    if (!badTime) saveDraft(incident.id, 'new', { text, pin })
  }, [incident.id, text, pin, badTime])
  if (writing === undefined) return undefined

  const done = () => {
    saveDraft(incident.id, 'new', undefined)
    setText('')
    compose(undefined)
  }
  const close = () => {
    compose(undefined)
    if (text.trim() !== '') toast('What you wrote is kept: it stands there again when you add a note.')
  }
  const save = () => {
    const noteId = writing.newId()
    writing.write({ kind: 'note-added', noteId, text, pin })
    done()
    focus(noteId)
    announce('Note added.')
  }
  const told = pinTime(pin)
  const start =
    (told !== undefined && !Number.isNaN(told) ? told : undefined) ?? incident.sides[0]?.fromMs ?? incident.createdMs
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
          <span className="flex items-center gap-1">
            <MinuteField
              label="Time of the note"
              atMs={pin.atMs}
              onChange={(atMs) => compose({ kind: 'time', atMs })}
            />
            {zoneName(zone)}
          </span>
        )}
      </div>
      <NoteEditor
        label="Text of the note"
        text={text}
        onText={setText}
        onSave={save}
        onCancel={done}
        onClose={close}
        saveWords="Add note"
        cannot={badTime ? 'Write the time as year-month-day hour:minute, such as 2026-11-22 10:05.' : undefined}
      />
      <p className="text-axis text-text-2">Select minutes or a cell in the heat map, or a span, to pin a note there.</p>
    </section>
  )
}
