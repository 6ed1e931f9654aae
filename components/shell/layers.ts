import { typeAhead } from './type-ahead.ts'

/** Which of the frame's own layers is open; outside React, so that a shortcut, a button and a palette entry share it. */
export type Layer = 'help' | 'palette'

let open: Layer | undefined
const listeners = new Set<() => void>()

export const layers = {
  set(layer: Layer, wanted: boolean): void {
    const next = wanted ? layer : open === layer ? undefined : open
    if (next === open) return
    open = next
    // Its field takes over when it has the focus.
    if (next === 'palette') typeAhead.start()
    else typeAhead.take()
    for (const listener of listeners) listener()
  },
  subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  },
  isOpen: { help: (): boolean => open === 'help', palette: (): boolean => open === 'palette' },
  closed: (): boolean => false,
} as const
