'use client'
import { useEffect } from 'react'
import { historyEntry } from '@/lib/view/view-store.ts'

/** Opens a view that is too long for an address: it goes into the history entry, where the page finds it. */
export function LongView({ path, search }: { readonly path: string; readonly search: string }) {
  useEffect(() => {
    const entry = historyEntry(search)
    // The browser's own function: the router's would take this for a move within the page that is left.
    History.prototype.replaceState.call(window.history, entry.data, '', path + entry.search)
    window.location.reload()
  }, [path, search])
  return (
    <p role="status" className="p-3 text-text-2">
      Opening the view …
    </p>
  )
}
