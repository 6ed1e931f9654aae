'use client'
import { CloudOff } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { Status } from '@/components/ui/status.tsx'
import { changeNames, changeWords } from './entry-words.ts'
import { useIncident } from './scope.tsx'

/** An answer usually takes less than this; only then is it worth a word. */
const SAY_AFTER_MS = 1_500

/** What has not reached the server, and whether others' changes reach this page. Nothing at all when all is well. */
export function Sending() {
  const { writing, entries } = useIncident()
  const { zone } = usePreferences()
  const waiting = writing?.pending.filter(({ refused }) => refused === undefined).length ?? 0
  const trouble = waiting > 0 || writing?.connection === 'lost'
  const [late, setLate] = useState(false)
  useEffect(() => {
    if (!trouble) {
      setLate(false)
      return
    }
    const timer = setTimeout(() => setLate(true), SAY_AFTER_MS)
    return () => clearTimeout(timer)
  }, [trouble])
  if (writing === undefined) return undefined
  const refused = writing.pending.filter((pending) => pending.refused !== undefined)
  const names = changeNames(entries)
  return (
    <div role="status" className="empty:hidden">
      {writing.connection === 'deleted' && (
        <p className="border-b border-line px-3 py-1.5 text-table">
          <Status kind="bad">This incident was deleted. What is shown stays until the page is closed.</Status>
        </p>
      )}
      {trouble && late && writing.connection !== 'deleted' && (
        <p className="flex items-center gap-1.5 border-b border-line px-3 py-1.5 text-table text-warn">
          <CloudOff size={14} aria-hidden className="shrink-0" />
          {waiting > 0
            ? `${waiting === 1 ? 'One change is' : `${waiting} changes are`} not saved yet: the server does not answer. They are kept in this browser and sent again by themselves.`
            : 'The connection is lost: changes of others are not shown until it is back. It is tried again by itself.'}
        </p>
      )}
      {refused.map(({ id, change, refused: why }) => (
        <div key={id} className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-1.5 text-table">
          <Status kind="bad">
            Not saved: “{changeWords(change, names, zone)}”. {why?.what} {why?.tryThis}
          </Status>
          <Button onClick={() => writing.again(id)}>Try again</Button>
          <Button tone="plain" onClick={() => writing.discard(id)}>
            Discard it
          </Button>
          {'text' in change && (
            <details className="basis-full">
              <summary className="w-fit text-accent">Its text</summary>
              <pre className="max-h-40 overflow-auto whitespace-pre-wrap">{change.text}</pre>
            </details>
          )}
        </div>
      ))}
    </div>
  )
}
