'use client'
import { FileUp } from 'lucide-react'
import { type DragEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { cx } from '@/components/ui/cx.ts'
import { failureOf } from '@/components/ui/failure.ts'
import { Link } from '@/components/ui/navigation.tsx'
import { Status } from '@/components/ui/status.tsx'
import type { Failure } from '@/lib/base/result.ts'
import { importArchive } from '@/lib/client/incident-import.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import type { ImportAnswer } from '@/lib/evidence/answers.ts'

type Import =
  | { readonly state: 'none' }
  | { readonly state: 'running'; readonly name: string; readonly share: number; readonly cancel: () => void }
  | { readonly state: 'done'; readonly name: string; readonly answer: ImportAnswer }
  | { readonly state: 'failed'; readonly name: string; readonly failure: Failure }

export interface ImportUse {
  readonly now: Import
  readonly choose: () => void
  readonly input: ReactNode
  readonly dragged: boolean
  readonly zone: {
    readonly onDragEnter: (event: DragEvent) => void
    readonly onDragOver: (event: DragEvent) => void
    readonly onDragLeave: (event: DragEvent) => void
    readonly onDrop: (event: DragEvent) => void
  }
  readonly dismiss: () => void
}

const holdsFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files')

/** Archives dropped anywhere on the page, or chosen. One at a time: several follow one another. */
export function useImport(onImported: () => void): ImportUse {
  const [now, setNow] = useState<Import>({ state: 'none' })
  const [dragged, setDragged] = useState(false)
  const file = useRef<HTMLInputElement>(null)
  const depth = useRef(0)
  const control = useRef<AbortController | undefined>(undefined)
  useEffect(() => () => control.current?.abort(), [])

  const run = async (files: readonly File[]) => {
    if (control.current !== undefined) return
    const mine = new AbortController()
    control.current = mine
    for (const one of files) {
      const name = visibleText(one.name)
      const tell = (share: number) => setNow({ state: 'running', name, share, cancel: () => mine.abort() })
      tell(0)
      try {
        const answer = await importArchive(one, tell, mine.signal)
        setNow({ state: 'done', name, answer })
        onImported()
      } catch (error) {
        if (mine.signal.aborted) setNow({ state: 'none' })
        else setNow({ state: 'failed', name, failure: failureOf(error) })
        break
      }
    }
    control.current = undefined
  }
  const input = (
    <input
      ref={file}
      type="file"
      accept=".guildscope"
      multiple
      aria-label="Archives to import"
      className="sr-only"
      tabIndex={-1}
      onChange={(event) => {
        void run([...(event.target.files ?? [])])
        // The same file again is a change, too.
        event.target.value = ''
      }}
    />
  )
  return {
    now,
    input,
    dragged,
    choose: () => file.current?.click(),
    dismiss: () => setNow({ state: 'none' }),
    zone: {
      onDragEnter: (event) => {
        if (!holdsFiles(event)) return
        depth.current++
        setDragged(true)
      },
      onDragOver: (event) => {
        if (holdsFiles(event)) event.preventDefault()
      },
      onDragLeave: (event) => {
        if (!holdsFiles(event)) return
        depth.current = Math.max(0, depth.current - 1)
        if (depth.current === 0) setDragged(false)
      },
      onDrop: (event) => {
        if (!holdsFiles(event)) return
        event.preventDefault()
        depth.current = 0
        setDragged(false)
        void run([...event.dataTransfer.files])
      },
    },
  }
}

const OUTCOME = {
  new: 'imported',
  longer: 'was here already; what it had more was added',
  'already-here': 'is here already; nothing was changed',
  diverged: 'was here already with other changes',
} as const

/** How the import goes, and how it ended. */
export function ImportState({ use }: { readonly use: ImportUse }) {
  const { now } = use
  if (now.state === 'none') return undefined
  return (
    <div role="status" className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-1.5">
      {now.state === 'running' && (
        <>
          <span>
            {now.share < 1
              ? `Sending ${now.name}: ${Math.floor(now.share * 100)} %`
              : `Checking ${now.name}: every piece against its checksum …`}
          </span>
          <progress value={now.share} max={1} aria-label={`Import of ${now.name}`} className="h-1.5 w-40" />
          <Button onClick={now.cancel}>Cancel</Button>
        </>
      )}
      {now.state === 'done' && (
        <>
          <Status
            kind={now.answer.outcome === 'diverged' ? 'warn' : 'ok'}
            className="min-w-0 flex-1 basis-80 wrap-anywhere"
          >
            {now.name} {OUTCOME[now.answer.outcome]}. {visibleText(now.answer.words)}
          </Status>
          <Link
            href={`/incidents/${encodeURIComponent(now.answer.incidentId)}`}
            className="inline-flex h-6 items-center text-accent underline pointer-coarse:h-10"
          >
            Open it
          </Link>
          <Button tone="plain" onClick={use.dismiss}>
            Dismiss
          </Button>
        </>
      )}
      {now.state === 'failed' && (
        <>
          <Status kind="bad" className="min-w-0 flex-1 basis-80 wrap-anywhere">
            {now.name} was not imported. {now.failure.what} {now.failure.tryThis}
          </Status>
          <Button tone="plain" onClick={use.dismiss}>
            Dismiss
          </Button>
        </>
      )}
    </div>
  )
}

/** Covers the page while a file is held over it. */
export function DropHint({ shown }: { readonly shown: boolean }) {
  return (
    <div
      aria-hidden
      className={cx(
        'pointer-events-none fixed inset-2 z-40 items-center justify-center rounded-control border-2 border-dashed border-accent bg-scrim',
        shown ? 'flex' : 'hidden',
      )}
    >
      <span className="flex items-center gap-2 rounded-control bg-raised px-4 py-2 text-title">
        <FileUp size={20} /> Drop the .guildscope archive
      </span>
    </div>
  )
}
