'use client'
import { useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { MinuteField } from '@/components/ui/minute-field.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { zoneName } from '@/lib/base/format.ts'
import { LABEL_MAX } from '@/lib/model/incident.ts'
import { MINUTE_MS } from '@/lib/model/timings.ts'
import { useIncident } from './scope.tsx'

/** Marks a moment: `mitigation deployed`. */
export function NewMarker({ atMs: first, onDone }: { readonly atMs: number; readonly onDone: () => void }) {
  const { writing, focus } = useIncident()
  const { zone } = usePreferences()
  const [label, setLabel] = useState('Mitigation deployed')
  const [atMs, setAtMs] = useState(Math.floor(first / MINUTE_MS) * MINUTE_MS)
  const incomplete = label.trim() === '' || Number.isNaN(atMs)
  if (writing === undefined) return undefined
  const save = () => {
    const markerId = writing.newId()
    writing.write({ kind: 'marker-added', markerId, label: label.trim(), atMs })
    focus(markerId)
    onDone()
  }
  return (
    <form
      aria-label="New marker"
      className="flex flex-col gap-2 border-b border-line bg-surface p-3"
      onSubmit={(event) => {
        event.preventDefault()
        if (!incomplete) save()
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        onDone()
      }}
    >
      <label className="flex flex-col gap-1 text-table text-text-2">
        What was done
        <input
          value={label}
          maxLength={LABEL_MAX}
          // biome-ignore lint/a11y/noAutofocus: it opens at the reader's request
          autoFocus
          onFocus={(event) => event.target.select()}
          onChange={(event) => setLabel(event.target.value)}
          className="h-7 rounded-control border border-control-line bg-bg px-2 text-ui text-text pointer-coarse:h-10 pointer-coarse:text-[1rem]"
        />
      </label>
      <span className="flex items-center gap-1 text-table text-text-2">
        <MinuteField label="Time of the marker" atMs={atMs} onChange={setAtMs} />
        {zoneName(zone)}
      </span>
      <div className="flex gap-1.5">
        <Button tone="accent" type="submit" disabled={incomplete}>
          Add marker
        </Button>
        <Button tone="plain" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </form>
  )
}
