/**
 * One requestAnimationFrame for all canvases. A layer says that it is dirty; at the next frame every dirty layer draws once,
 * in the order in which layers were added. Marking a layer while frames are drawn puts it into the next frame. A frame is
 * asked for only while something is dirty: an idle page does nothing.
 */
export interface Layer {
  readonly invalidate: () => void
  readonly dispose: () => void
}

export interface FrameScheduler {
  /** `draw` gets the frame's time in milliseconds. The layer starts dirty. */
  layer(draw: (timeMs: number) => void): Layer
}

export type RequestFrame = (run: (timeMs: number) => void) => void

interface Entry {
  readonly draw: (timeMs: number) => void
  dirty: boolean
}

export function frameScheduler(request: RequestFrame): FrameScheduler {
  const entries = new Set<Entry>()
  let asked = false

  function ask(): void {
    if (asked) return
    asked = true
    request(run)
  }

  function run(timeMs: number): void {
    asked = false
    const due = [...entries].filter((entry) => entry.dirty)
    for (const entry of due) entry.dirty = false
    const thrown: unknown[] = []
    for (const entry of due) {
      // A layer may have been disposed of by one before it.
      if (!entries.has(entry)) continue
      try {
        entry.draw(timeMs)
      } catch (error) {
        thrown.push(error) // The other layers still draw; the bug surfaces below.
      }
    }
    if (thrown.length > 0) throw thrown[0]
  }

  return {
    layer(draw) {
      const entry: Entry = { draw, dirty: true }
      entries.add(entry)
      ask()
      return {
        invalidate() {
          if (entry.dirty || !entries.has(entry)) return
          entry.dirty = true
          ask()
        },
        dispose() {
          entries.delete(entry)
        },
      }
    },
  }
}

/** The page's scheduler. */
export const frames: FrameScheduler = frameScheduler((run) => {
  requestAnimationFrame(run)
})
