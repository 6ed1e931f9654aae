/** Runs `work`; answers it with how many bytes of memory the process had more at its peak than before. Sampled every 5 ms. */
export async function peakOf<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const before = process.memoryUsage().rss
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss)
  }, 5)
  try {
    const value = await work()
    most = Math.max(most, process.memoryUsage().rss)
    return [value, most - before]
  } finally {
    clearInterval(timer)
  }
}
