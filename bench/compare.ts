/** Four guilds side by side over six hours with forty action types, as a person meets it: from the request to the picture, then the linked cross. */
import { chromium } from '@playwright/test'
import { compareSearch } from '../components/compare/compare-view.ts'
import { MINUTE_MS } from '../lib/model/timings.ts'
import { framesWhile } from './browser.ts'
import { type Figure, ms, percentile } from './figure.ts'
import { startBenchServer } from './server.ts'

const GUILDS = ['1', '2', '3', '4']
const MINUTES = 360
const ACTIONS = 40
const RUNS = 5

export async function benchCompare(): Promise<Figure[]> {
  const server = await startBenchServer({ web: 3436, http: 3437, grpc: 3438 })
  const browser = await chromium.launch({
    executablePath: process.env.GUILDSCOPE_CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  })
  try {
    // Six whole hours that are over: nothing polls while it is measured.
    const toMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - MINUTE_MS
    const fromMs = toMs - MINUTES * MINUTE_MS
    for (const guildId of GUILDS) await tell(server.origin, guildId, fromMs)
    const context = await browser.newContext({ viewport: { width: 1920, height: 1400 } })
    // The loader that runs this file names functions through a helper, also those that are sent to the page.
    await context.addInitScript({ content: 'globalThis.__name = (f) => f' })
    const page = await context.newPage()
    const sides = GUILDS.map((guildId) => ({ guildId, fromMs, toMs }))
    const url = `${server.origin}/compare${compareSearch(sides, { all: true })}`
    const paints: number[] = []
    const wholes: number[] = []
    for (let run = 0; run < RUNS; run++) {
      await page.goto(url, { waitUntil: 'commit' })
      await page.waitForFunction(() => performance.getEntriesByName('compare-painted').length > 0, undefined, {
        timeout: 30_000,
        polling: 20,
      })
      const { painted, asked } = await page.evaluate(() => ({
        painted: performance.getEntriesByName('compare-painted')[0]?.startTime ?? Number.NaN,
        asked: Math.min(
          ...performance
            .getEntriesByType('resource')
            .filter((entry) => entry.name.includes('/minutes?'))
            .map((entry) => entry.startTime),
        ),
      }))
      paints.push(painted - asked)
      wholes.push(painted)
    }
    await page.waitForTimeout(500)
    const box = await page.locator('canvas').nth(1).boundingBox()
    if (box === null) throw new Error('There is no canvas on the comparison.')
    const hover = await framesWhile(page, async () => {
      for (let i = 0; i < 240; i++) {
        await page.mouse.move(box.x + ((i * 7) % box.width), box.y + 200 + ((i * 11) % 600))
      }
    })
    // What a move costs by itself: its handler, and the overlays of all four sides in the frame that follows.
    const busy = await page.evaluate(async (at) => {
      const target = document.elementFromPoint(at.x + 20, at.y + 300)
      const costs: number[] = []
      for (let i = 0; i < 240; i++) {
        const from = performance.now()
        target?.dispatchEvent(
          new PointerEvent('pointermove', {
            bubbles: true,
            pointerType: 'mouse',
            clientX: at.x + ((i * 7) % at.width),
            clientY: at.y + 200 + ((i * 11) % 600),
          }),
        )
        const handled = performance.now() - from
        // The overlays asked for this frame before: they have drawn when it comes to this callback.
        const drawn = await new Promise<number>((resolve) =>
          requestAnimationFrame((startMs) => resolve(performance.now() - startMs)),
        )
        costs.push(handled + drawn)
      }
      return costs
    }, box)
    const best = percentile(paints, 0.5)
    return [
      {
        what: `compare ${GUILDS.length} × ${MINUTES / 60} h × ${ACTIONS} actions, request → paint, median of ${RUNS}`,
        budget: '≤ 250 ms',
        figure: `${ms(best)} (${paints.map(ms).join(', ')}; from navigation ${ms(percentile(wholes, 0.5))})`,
        ok: best <= 250,
      },
      {
        what: 'linked hover over 4 sides, frame p95',
        budget: '≤ 16.7 ms',
        figure: `p50 ${ms(percentile(hover, 0.5))}, p95 ${ms(percentile(hover, 0.95))} (${hover.length} frames; the work in one, p95 ${ms(percentile(busy, 0.95))})`,
        // One frame of a 60 Hz screen, as its clock rounds it.
        ok: percentile(hover, 0.95) <= 16.9,
      },
    ]
  } finally {
    await browser.close()
    await server.stop()
  }
}

/** Six hours of a guild as its timings client would send them. */
async function tell(origin: string, guildId: string, fromMs: number): Promise<void> {
  const perRequest = 60
  for (let start = 0; start < MINUTES; start += perRequest) {
    const samples = []
    for (let m = start; m < start + perRequest; m++) {
      for (let a = 0; a < ACTIONS; a++) {
        const count = 200 + ((m * 31 + a * 17 + Number(guildId) * 7) % 400)
        samples.push({
          guildId,
          minute: new Date(fromMs + m * MINUTE_MS).toISOString(),
          node: 'guilds@bench',
          action: `action_${String(a).padStart(2, '0')}`,
          busyUs: count * (100 + 20 * a),
          count,
          arrived: count,
          waitUsTotal: count * 900,
          waitUsMax: 40_000,
          mailboxDepthMax: 12,
          sessions: 100_000 * Number(guildId),
        })
      }
    }
    const answer = await fetch(`${origin}/v1/timings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ samples }),
    })
    if (!answer.ok) throw new Error(`The timings were refused: ${answer.status} ${await answer.text()}`)
  }
}
