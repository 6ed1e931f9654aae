/** Where the pointer is, on the axis that all sides share. Told to each picture's overlay directly: nothing renders on a move. */
export interface HoverAt {
  /** Axis minute. */
  readonly minute: number
  /** Row of the shared order, −1: the band. */
  readonly row: number
}

export interface LinkedHover {
  readonly at: () => HoverAt | undefined
  readonly point: (at: HoverAt | undefined) => void
  /** Called back on every move to another cell; the result ends it. */
  readonly follow: (moved: () => void) => () => void
}

export function linkedHover(): LinkedHover {
  const followers = new Set<() => void>()
  let now: HoverAt | undefined
  return {
    at: () => now,
    point(at) {
      if (now?.minute === at?.minute && now?.row === at?.row) return
      now = at
      for (const moved of followers) moved()
    },
    follow(moved) {
      followers.add(moved)
      return () => followers.delete(moved)
    },
  }
}
