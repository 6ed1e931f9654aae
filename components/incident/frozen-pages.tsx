'use client'
import { X } from 'lucide-react'
import { useMemo } from 'react'
import { GuildPage } from '@/components/guild/guild-page.tsx'
import { TracePage } from '@/components/trace/trace-page.tsx'
import { IconButton } from '@/components/ui/button.tsx'
import { frozenGuildView, frozenRanges, madeFrom } from './frozen-view.ts'
import { MarkerCard } from './marker-card.tsx'
import { NewNote } from './new-note.tsx'
import { NoteCard } from './note-card.tsx'
import { inOrder } from './pins.ts'
import { useIncident } from './scope.tsx'

/** A guild of the incident, on the evidence. */
export function FrozenGuildPage({ guildId }: { readonly guildId: string }) {
  const { incident, evidence } = useIncident()
  const { sides, view } = incident
  const codec = useMemo(
    () => frozenGuildView(frozenRanges({ sides }, evidence, guildId), madeFrom({ view }, guildId)),
    [sides, view, evidence, guildId],
  )
  return (
    <>
      <GuildPage guildId={guildId} codec={codec} />
      <NoteSheet />
    </>
  )
}

/** A trace of the incident, on the evidence. */
export function FrozenTracePage({ traceId }: { readonly traceId: string }) {
  return (
    <>
      <TracePage id={traceId} />
      <NoteSheet />
    </>
  )
}

/** On pages without the timeline: the note that is read or written, over their lower corner. */
export function NoteSheet() {
  const { incident, focused, focus, composing, compose } = useIncident()
  const note = inOrder(incident.notes).find((item) => item.note.noteId === focused)
  const marker = incident.markers.find(({ markerId }) => markerId === focused)
  if (note === undefined && marker === undefined && composing === undefined) return undefined
  return (
    <aside
      aria-label="Note"
      className="fixed right-3 bottom-3 z-30 flex max-h-[60vh] w-[min(24rem,calc(100vw-1.5rem))] flex-col overflow-y-auto rounded-control border border-line-strong bg-raised shadow-float"
    >
      <div className="flex items-center justify-end px-1 pt-1">
        <IconButton
          label="Close the note"
          onClick={() => {
            compose(undefined)
            focus('')
          }}
        >
          <X size={14} aria-hidden />
        </IconButton>
      </div>
      {composing !== undefined ? (
        <NewNote pin={composing} />
      ) : note !== undefined ? (
        <NoteCard {...note} />
      ) : (
        marker !== undefined && <MarkerCard marker={marker} />
      )}
    </aside>
  )
}
