'use client'
import { Flag, NotebookPen } from 'lucide-react'
import { useState } from 'react'
import { guildView, selectionOf } from '@/components/guild/guild-view.ts'
import { Button } from '@/components/ui/button.tsx'
import { browserViewStore } from '@/components/ui/use-view-state.ts'
import type { Marker } from '@/lib/model/incident.ts'
import { MarkerCard } from './marker-card.tsx'
import { NewMarker } from './new-marker.tsx'
import { NewNote } from './new-note.tsx'
import { NoteCard } from './note-card.tsx'
import { inOrder, type NumberedNote, pinTime } from './pins.ts'
import { useIncident } from './scope.tsx'

type Item =
  | { readonly kind: 'note'; readonly note: NumberedNote; readonly at: number }
  | { readonly kind: 'marker'; readonly marker: Marker; readonly at: number }

/** Notes and markers in the order of what they speak of, in line with the time axis beside them. */
export function Timeline() {
  const { incident, writing, composing, compose } = useIncident()
  const [marking, setMarking] = useState<number | undefined>(undefined)
  const items: Item[] = [
    ...inOrder(incident.notes).map(
      (note): Item => ({
        kind: 'note',
        note,
        at: pinTime(note.note.pin) ?? (note.note.pin.kind === 'incident' ? -Infinity : Infinity),
      }),
    ),
    ...incident.markers.map((marker): Item => ({ kind: 'marker', marker, at: marker.atMs })),
  ]
  // Sorting is stable: notes without a time keep their order.
  items.sort((a, b) => (a.at === b.at ? 0 : a.at - b.at))
  const mark = () => {
    const view = guildView.parse(browserViewStore().search()).state
    const side = incident.sides[0]
    const middle = side === undefined ? incident.createdMs : (side.fromMs + side.toMs) / 2
    setMarking(selectionOf(view)?.fromMs ?? middle)
  }
  return (
    <section aria-label="Timeline" className="flex flex-col">
      <div className="flex min-h-9 flex-wrap items-center gap-1.5 border-b border-line px-3 py-1">
        <h2 className="mr-auto text-ui font-semibold">Timeline</h2>
        {writing !== undefined && (
          <>
            <Button onClick={() => compose({ kind: 'incident' })} disabled={composing !== undefined}>
              <NotebookPen size={14} aria-hidden />
              Note
            </Button>
            <Button onClick={mark} disabled={marking !== undefined} title="Mark a moment, and compare before and after">
              <Flag size={14} aria-hidden />
              Marker
            </Button>
          </>
        )}
      </div>
      {composing !== undefined && <NewNote pin={composing} />}
      {marking !== undefined && <NewMarker atMs={marking} onDone={() => setMarking(undefined)} />}
      {items.length === 0 && composing === undefined && (
        <p className="px-3 py-4 text-text-2">
          {writing === undefined
            ? 'Nobody has written a note.'
            : 'No notes yet. Select minutes in the heat map and press N, or add one here.'}
        </p>
      )}
      {items.map((item) =>
        item.kind === 'note' ? (
          <NoteCard key={item.note.note.noteId} {...item.note} />
        ) : (
          <MarkerCard key={item.marker.markerId} marker={item.marker} />
        ),
      )}
    </section>
  )
}
