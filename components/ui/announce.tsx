'use client'
import { X } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { IconButton } from './button.tsx'

/** One sentence for screen readers, and optionally on screen for a few seconds. */
interface Notice {
  readonly id: number
  readonly text: string
  readonly visible: boolean
}

const SHOWN_MS = 6_000
const none: Notice = { id: 0, text: '', visible: false }
let current: Notice = none
const listeners = new Set<() => void>()

function set(next: Notice): void {
  current = next
  for (const listener of listeners) listener()
}

/** Says a sentence to screen readers (`aria-live`), without showing it. */
export function announce(text: string): void {
  set({ id: current.id + 1, text, visible: false })
}

/** Says a sentence and shows it at the lower edge for a few seconds. */
export function toast(text: string): void {
  const id = current.id + 1
  set({ id, text, visible: true })
  setTimeout(() => {
    if (current.id === id) set({ ...current, visible: false })
  }, SHOWN_MS)
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

/** The live region and the toast; once per page. */
export function Announcer() {
  const notice = useSyncExternalStore(
    subscribe,
    () => current,
    () => none,
  )
  return (
    <>
      <div role="status" aria-live="polite" className="sr-only">
        {/* A sentence said twice must be a new node to be spoken again. */}
        <span key={notice.id}>{notice.text}</span>
      </div>
      {notice.visible && (
        <div
          aria-hidden
          className="fixed bottom-4 left-1/2 z-50 flex max-w-[calc(100vw-1.5rem)] -translate-x-1/2 items-center gap-2 rounded-control border border-line-strong bg-raised py-1 pr-1 pl-3 text-ui shadow-float"
        >
          <span>{notice.text}</span>
          <IconButton label="Dismiss" tabIndex={-1} onClick={() => set({ ...notice, visible: false })}>
            <X size={14} aria-hidden />
          </IconButton>
        </div>
      )}
    </>
  )
}
