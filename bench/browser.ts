/** The 1,000,000-span trace as a person meets it: from the click to the complete picture, then scrolling. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { chromium } from '@playwright/test'
import { type Figure, ms, percentile } from './figure.ts'
import { startBenchServer } from './server.ts'

const ROOT = path.resolve(import.meta.dirname, '..')

function simulate(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'lib/simulator/cli.ts', ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`The simulator ended with ${code}.`))))
  })
}

export async function benchBrowser(): Promise<Figure[]> {
  const server = await startBenchServer({ web: 3311, http: 4520, grpc: 4519 })
  const browser = await chromium.launch({
    executablePath: process.env.GUILDSCOPE_CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
      '--js-flags=--expose-gc',
      '--enable-precise-memory-info',
    ],
  })
  try {
    const truthFile = path.join(tmpdir(), `guildscope-bench-truth-${process.pid}.json`)
    await simulate([
      '--preset',
      'fanout-1m',
      '--no-live',
      '--seed',
      '7',
      '--target',
      server.otlp,
      '--timings-target',
      server.origin,
      '--truth',
      truthFile,
    ])
    const truth: { readonly largestTrace: { readonly traceId: string } } = JSON.parse(readFileSync(truthFile, 'utf8'))
    const { traceId } = truth.largestTrace
    await new Promise((resolve) => setTimeout(resolve, 5_000))
    const before = server.rssMiB()
    let peak = before
    const watching = setInterval(() => {
      peak = Math.max(peak, server.rssMiB())
    }, 20)

    const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } })
    // The loader that runs this file names functions through a helper, also those that are sent to the page.
    await context.addInitScript({ content: 'globalThis.__name = (f) => f' })
    const page = await context.newPage()
    await page.goto(`${server.origin}/sources`)
    await page.evaluate((id) => {
      const link = document.createElement('a')
      link.href = `/traces/${id}`
      link.textContent = 'open'
      link.id = 'bench-open'
      document.body.append(link)
    }, traceId)
    const opens: number[] = []
    for (let i = 0; i < 3; i++) {
      if (i > 0) await page.reload({ waitUntil: 'commit' })
      else await page.click('#bench-open', { noWaitAfter: true })
      await page.waitForFunction(() => performance.getEntriesByName('trace-painted').length > 0, undefined, {
        timeout: 60_000,
        polling: 20,
      })
      opens.push(await page.evaluate(() => performance.getEntriesByName('trace-painted')[0]?.startTime ?? Number.NaN))
    }
    clearInterval(watching)
    const canvas = await page.locator('canvas').last().boundingBox()
    if (canvas === null) throw new Error('There is no canvas on the trace page.')
    await page.mouse.move(canvas.x + canvas.width / 2, canvas.y + canvas.height / 2)
    // Folded, there is nothing to scroll: all million rows, then.
    await page.getByRole('radio', { name: 'Unfold all' }).click()
    await page.waitForFunction(
      () => Number(document.querySelector('[role=treegrid]')?.getAttribute('aria-rowcount')) > 1_000_000,
    )
    await page.mouse.move(canvas.x + canvas.width / 2, canvas.y + canvas.height / 2)
    const scroll = await framesWhile(page, async () => {
      for (let i = 0; i < 120; i++) await page.mouse.wheel(0, i % 2 === 0 ? 700 : 500)
    })
    const zoom = await framesWhile(page, async () => {
      await page.keyboard.down('Control')
      for (let i = 0; i < 60; i++) await page.mouse.wheel(0, i < 30 ? -120 : 120)
      await page.keyboard.up('Control')
    })
    const heap = await page.evaluate(() => {
      const collect: unknown = Reflect.get(window, 'gc')
      if (typeof collect === 'function') collect()
      const memory: unknown = Reflect.get(performance, 'memory')
      return typeof memory === 'object' && memory !== null && 'usedJSHeapSize' in memory
        ? Number(memory.usedJSHeapSize) / 2 ** 20
        : Number.NaN
    })
    await page.close()
    await new Promise((resolve) => setTimeout(resolve, 60_000))
    const after = server.rssMiB()
    const first = opens[0]
    return [
      {
        what: '1M-span trace, navigation → complete paint',
        budget: '≤ 3,000 ms',
        figure: opens.map(ms).join(', '),
        ok: first <= 3_000,
      },
      {
        what: 'scroll frame at 1M unfolded rows, p95',
        budget: '≤ 33 ms',
        figure: describe(scroll),
        ok: percentile(scroll, 0.95) <= 33.4,
      },
      {
        what: 'zoom frame at 1M spans, p95',
        budget: '≤ 33 ms',
        figure: describe(zoom),
        ok: percentile(zoom, 0.95) <= 33.4,
      },
      {
        what: 'browser heap with 1M spans open (main thread)',
        budget: '≤ 150 MB',
        figure: `${heap.toFixed(0)} MiB`,
        ok: heap <= 150,
      },
      {
        what: 'server memory added by the 1M-span request, peak',
        budget: '≤ 500 MB',
        figure: `${(peak - before).toFixed(0)} MiB (from ${before.toFixed(0)})`,
        ok: peak - before <= 500 / 1.048576,
      },
      {
        what: 'server memory 60 s later, beyond where it was',
        budget: '≤ 100 MB',
        figure: `${(after - before).toFixed(0)} MiB`,
        ok: after - before <= 100 / 1.048576,
      },
    ]
  } finally {
    await browser.close()
    await server.stop()
  }
}

function describe(frames: readonly number[]): string {
  return `p50 ${ms(percentile(frames, 0.5))}, p95 ${ms(percentile(frames, 0.95))}, max ${ms(Math.max(...frames))} (${frames.length} frames)`
}

/** Milliseconds between animation frames while `act` runs. */
export async function framesWhile(page: import('@playwright/test').Page, act: () => Promise<void>): Promise<number[]> {
  await page.evaluate(() => {
    const times: number[] = []
    Reflect.set(window, '__frames', times)
    const tick = (now: number) => {
      times.push(now)
      if (Reflect.get(window, '__frames') === times) requestAnimationFrame(tick)
    }
    requestAnimationFrame(tick)
  })
  await act()
  const times = await page.evaluate(() => {
    const seen: unknown = Reflect.get(window, '__frames')
    Reflect.set(window, '__frames', undefined)
    return Array.isArray(seen) ? seen.map(Number) : []
  })
  return times.slice(1).map((time, index) => time - times[index])
}
