'use client'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { SegmentedControl } from '@/components/ui/segmented-control.tsx'
import { formatExact } from '@/lib/base/format.ts'
import { NOTE_MAX } from '@/lib/model/incident.ts'
import { Markdown } from './markdown.tsx'

export interface NoteEditorProps {
  readonly label: string
  readonly text: string
  readonly onText: (text: string) => void
  readonly onSave: () => void
  /** Gives the text up. */
  readonly onCancel: () => void
  /** Puts it away for later. */
  readonly onClose: () => void
  readonly saveWords: string
  /** Why it cannot be saved as it is, beside what the text itself lacks. */
  readonly cannot?: string | undefined
}

/** Where a note is written: Markdown, with a preview. Ctrl or ⌘ with Enter saves, Escape closes it and keeps the text. */
export function NoteEditor({ label, text, onText, onSave, onCancel, onClose, saveWords, cannot }: NoteEditorProps) {
  const [shown, setShown] = useState<'write' | 'preview'>('write')
  const box = useRef<HTMLTextAreaElement>(null)
  const id = useId()
  useEffect(() => {
    if (shown !== 'write' || box.current === null) return
    box.current.focus()
    // Whoever goes on writing does so at the end.
    box.current.setSelectionRange(box.current.value.length, box.current.value.length)
  }, [shown])
  const tooLong = text.length > NOTE_MAX
  const empty = text.trim() === ''
  const unfit = empty || tooLong || cannot !== undefined
  const key = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !unfit) {
      event.preventDefault()
      onSave()
    } else if (event.key === 'Escape') {
      event.stopPropagation()
      onClose()
    }
  }
  return (
    <div className="flex flex-col gap-2">
      {shown === 'write' ? (
        <textarea
          ref={box}
          value={text}
          onChange={(event) => onText(event.target.value)}
          onKeyDown={key}
          rows={5}
          aria-label={label}
          aria-describedby={id}
          placeholder="What was seen, what was done. Markdown."
          className="w-full min-w-0 resize-y rounded-control border border-control-line bg-bg px-2 py-1 text-ui pointer-coarse:text-[1rem]"
        />
      ) : (
        <section aria-label="Preview" className="min-h-24 rounded-control border border-line px-2 py-1">
          {empty ? <p className="text-text-2">Nothing to show yet.</p> : <Markdown text={text} />}
        </section>
      )}
      <div className="flex flex-wrap items-center gap-1.5">
        <Button tone="accent" onClick={onSave} disabled={unfit} title="Ctrl or ⌘ with Enter">
          {saveWords}
        </Button>
        <Button tone="plain" onClick={onCancel}>
          Cancel
        </Button>
        <SegmentedControl
          label="Text or preview"
          value={shown}
          segments={[
            { value: 'write', label: 'Write' },
            { value: 'preview', label: 'Preview' },
          ]}
          onChange={setShown}
        />
      </div>
      <p id={id} className={tooLong || cannot !== undefined ? 'text-table text-bad' : 'sr-only'}>
        {tooLong
          ? `A note holds ${formatExact(NOTE_MAX)} characters at most; this one has ${formatExact(text.length)}. Split it in two.`
          : (cannot ?? 'Markdown. Control or Command with Enter saves, Escape closes it and keeps the text.')}
      </p>
    </div>
  )
}
