/**
 * A move to another page has been asked for and its server's answer is awaited. Next gives such a move up when the address is written
 * meanwhile, so whoever writes it late (a search that was typed, a pan) hears of it here.
 */
const listeners = new Set<() => void>()

export const leaving = {
  tell(): void {
    for (const listener of listeners) listener()
  },
  listen(listener: () => void): void {
    listeners.add(listener)
  },
} as const
