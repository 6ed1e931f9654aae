/** Watches this process's event loop, so that `/api/health` can say how long it was ever blocked. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

const WINDOW_MS = 60_000
const RESOLUTION_MS = 10

export interface EventLoopWatch {
  /** Longest delay beyond the sampling interval within the last one to two minutes, ms. */
  longestStallMs(): number
  stop(): void
}

/** Two histograms take turns, so that an old stall is forgotten after at most two windows. */
export function watchEventLoop(): EventLoopWatch {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  let before = 0
  const timer = setInterval(() => {
    before = histogram.max
    histogram.reset()
  }, WINDOW_MS)
  timer.unref()
  return {
    longestStallMs: () => Math.max(0, Math.round(Math.max(before, histogram.max) / 1e6 - RESOLUTION_MS)),
    stop: () => {
      clearInterval(timer)
      histogram.disable()
    },
  }
}
