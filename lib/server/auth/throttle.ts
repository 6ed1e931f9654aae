/** Counts wrong guesses by where they come from. */

const WINDOW_MS = 60_000
/** Wrong guesses a minute from one place. */
export const GUESSES = 10
const PLACES_MAX = 10_000

export interface Throttle {
  /** Seconds until this place may guess again; 0: now. */
  waitSeconds(place: string): number
  wrong(place: string): void
}

export function createThrottle(now: () => number = Date.now): Throttle {
  const places = new Map<string, { since: number; wrong: number }>()
  return {
    waitSeconds(place) {
      const seen = places.get(place)
      if (seen === undefined || seen.wrong < GUESSES) return 0
      return Math.max(0, Math.ceil((seen.since + WINDOW_MS - now()) / 1000))
    },
    wrong(place) {
      const seen = places.get(place)
      if (seen !== undefined && now() - seen.since < WINDOW_MS) {
        seen.wrong++
        return
      }
      places.delete(place)
      if (places.size >= PLACES_MAX) {
        // The oldest goes: whoever has that many addresses is not stopped by a counter, only by 256 bits.
        for (const oldest of places.keys()) {
          places.delete(oldest)
          break
        }
      }
      places.set(place, { since: now(), wrong: 1 })
    },
  }
}
