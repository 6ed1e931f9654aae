'use client'
import { Download } from 'lucide-react'
import { useRef, useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { Dialog } from '@/components/ui/dialog.tsx'
import { failureOf } from '@/components/ui/failure.ts'
import { SegmentedControl } from '@/components/ui/segmented-control.tsx'
import { Status } from '@/components/ui/status.tsx'
import { formatBytes } from '@/lib/base/format.ts'
import { type ExportFormat, exportIncident } from '@/lib/client/incidents.ts'
import { RedactionTable, useRedaction } from './redaction.tsx'

const WORDS: Readonly<Record<ExportFormat, string>> = {
  html: 'One file that opens in any browser without a server or network: heat map, flame graph, waterfalls and notes, interactive.',
  archive: 'A .guildscope archive: drop it on the incidents page of another instance.',
  markdown: 'For a post-mortem: the notes in order, with pictures and links.',
}

/** Takes the incident out of this instance. */
export function ExportButton({ incidentId }: { readonly incidentId: string }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button onClick={() => setOpen(true)} title="One file: HTML, archive or Markdown">
        <Download size={14} aria-hidden />
        <span className="max-sm:sr-only">Export</span>
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title="Export the incident"
        className="w-[min(52rem,calc(100vw-1.5rem))]"
      >
        {open && <ExportForm incidentId={incidentId} />}
      </Dialog>
    </>
  )
}

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running' }
  | { readonly kind: 'done'; readonly words: string }
  | { readonly kind: 'failed'; readonly words: string }

function ExportForm({ incidentId }: { readonly incidentId: string }) {
  const [format, setFormat] = useState<ExportFormat>('html')
  const [state, setState] = useState<State>({ kind: 'idle' })
  const control = useRef<AbortController | undefined>(undefined)
  const redaction = useRedaction(incidentId)
  const run = async () => {
    if (redaction.redact === undefined) return
    const mine = new AbortController()
    control.current = mine
    setState({ kind: 'running' })
    try {
      const { blob, name } = await exportIncident(incidentId, { format, redact: redaction.redact }, mine.signal)
      save(blob, name)
      setState({ kind: 'done', words: `${name}, ${formatBytes(blob.size)}, is in your downloads.` })
    } catch (error) {
      if (mine.signal.aborted) return setState({ kind: 'idle' })
      const { what, tryThis } = failureOf(error)
      setState({ kind: 'failed', words: `${what} ${tryThis}` })
    }
  }
  return (
    <div className="flex min-h-0 flex-col gap-3 overflow-y-auto p-4">
      <SegmentedControl
        label="Format"
        value={format}
        segments={[
          { value: 'html', label: 'HTML file' },
          { value: 'archive', label: 'Archive' },
          { value: 'markdown', label: 'Markdown' },
        ]}
        onChange={setFormat}
        className="self-start"
      />
      <p className="text-text-2">{WORDS[format]}</p>
      <h3 className="font-semibold">What is taken out first</h3>
      <p className="text-text-2">
        What is dropped or hashed is really absent from the file, also where it stands in a title, a note or another
        attribute.
      </p>
      <RedactionTable use={redaction} />
      <div role="status" className="empty:hidden">
        {state.kind === 'done' && <Status kind="ok">{state.words}</Status>}
        {state.kind === 'failed' && <Status kind="bad">{state.words}</Status>}
      </div>
      <div className="flex gap-1.5">
        <Button
          tone="accent"
          onClick={() => void run()}
          disabled={state.kind === 'running' || redaction.redact === undefined}
        >
          {state.kind === 'running' ? 'Writing the file …' : 'Download'}
        </Button>
        {state.kind === 'running' && <Button onClick={() => control.current?.abort()}>Cancel</Button>}
      </div>
    </div>
  )
}

/** Hands a file to the browser's downloads. */
function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
