'use client'
import { History as HistoryIcon } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { Dialog } from '@/components/ui/dialog.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { formatDate, formatTime, zoneName } from '@/lib/base/format.ts'
import { authorWords, changeNames, changeWords } from './entry-words.ts'
import { Markdown } from './markdown.tsx'
import { useIncident } from './scope.tsx'

/** Who wrote what and when: every change there was, with the texts that were replaced. */
export function HistoryButton() {
  const { entries } = useIncident()
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button onClick={() => setOpen(true)} title="Every change, with who and when">
        <HistoryIcon size={14} aria-hidden />
        <span className="max-sm:sr-only">History</span>
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={`History: ${entries.length} changes`}>
        {open && <HistoryList />}
      </Dialog>
    </>
  )
}

function HistoryList() {
  const { entries } = useIncident()
  const { zone } = usePreferences()
  const names = changeNames(entries)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
    <ol aria-label="Changes, newest first" tabIndex={0} className="min-h-0 overflow-y-auto">
      {entries.toReversed().map((entry) => (
        <li key={entry.id} className="flex flex-col gap-1 border-b border-line px-4 py-2">
          <p className="wrap-anywhere">
            <b className="font-semibold">{authorWords(entry.by)}</b> {changeWords(entry.change, names, zone)}
          </p>
          {(entry.change.kind === 'note-added' || entry.change.kind === 'note-edited') && (
            <details className="text-table">
              <summary className="w-fit text-accent pointer-coarse:py-2.5">The whole text</summary>
              <Markdown text={entry.change.text} />
            </details>
          )}
          <p className="text-axis text-text-2">
            {formatDate(entry.atMs, zone)} {formatTime(entry.atMs, zone)} {zoneName(zone)}
          </p>
        </li>
      ))}
    </ol>
  )
}
