/**
 * What an incident is for: its evidence says the same after everything it was copied from is gone. The flurry is frozen in two
 * clicks; then the simulator ends, the store's data is deleted, the server starts again; the file opens from disk without a network,
 * and another instance takes the archive in. Each time the numbers equal the simulator's ground truth.
 */
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, expect, type Page, test } from '@playwright/test'
import { formatCount, formatMinute } from '../lib/base/format'
import { type GuildMinutes, MINUTE_MS } from '../lib/model/timings'
import type { Page as TraceListPage, TraceSummary } from '../lib/model/trace-list'
import type { Truth } from '../lib/simulator/truth'
import { OwnInstance } from './own-instance'
import { settled, totalInk, watchForTrouble } from './pages'

const ACTION = 'message_reaction_add'

/** SHA-256 of every file below, by name. */
function fingerprints(folder: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    const file = path.join(entry.parentPath, entry.name)
    found[path.relative(folder, file)] = createHash('sha256').update(readFileSync(file)).digest('hex')
  }
  return found
}

/** What the heat map says of the row `ACTION` in the minute `steps` after the first, which is `clock`. */
async function cell(page: Page, steps: number, clock: string): Promise<string> {
  const at = page
    .getByRole('grid', { name: /Heat map/ })
    .first()
    .getByRole('gridcell')
  let words = ''
  // A picture that is still being laid out moves the cell under the keys.
  await expect(async () => {
    await at.focus()
    await page.keyboard.press('Home')
    for (let row = 0; row < 12; row++) await page.keyboard.press('ArrowUp')
    for (let i = 0; i < steps; i++) await page.keyboard.press('ArrowRight')
    for (let row = 0; row < 12 && !words.includes(ACTION); row++) {
      words = (await at.getAttribute('aria-label')) ?? ''
      if (!words.includes(ACTION)) await page.keyboard.press('ArrowDown')
    }
    const found = words
    words = ''
    expect(found).toContain(`${clock} ${ACTION}`)
    words = found
  }).toPass()
  return words
}

/** Minutes of the evidence against what really happened; the newest was still running. */
function expectTruth(minutes: GuildMinutes, truth: Truth): number {
  const newest = Math.max(...truth.minutes.map((minute) => minute.minuteMs))
  const known = truth.minutes.filter(
    ({ minuteMs }) =>
      minuteMs < newest && minuteMs >= minutes.fromMs && minuteMs < minutes.fromMs + minutes.minutes * MINUTE_MS,
  )
  expect(known.length).toBeGreaterThan(15)
  const width = minutes.actions.length
  for (const minute of known) {
    const m = (minute.minuteMs - minutes.fromMs) / MINUTE_MS
    const sum = (measure: 'count' | 'arrived') =>
      minutes.cells[measure].slice(m * width, (m + 1) * width).reduce((total, value) => total + Math.max(0, value), 0)
    expect(sum('count')).toBe(minute.processed)
    expect(sum('arrived')).toBe(minute.arrived)
    const longest = Math.max(...minutes.cells.waitUsMax.slice(m * width, (m + 1) * width))
    expect(Math.abs(longest - minute.waitMaxUs)).toBeLessThanOrEqual(1)
  }
  return known.length
}

async function offline(browser: Browser): Promise<{ page: Page; requests: string[]; trouble: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, offline: true })
  const page = await context.newPage()
  const requests: string[] = []
  page.on('request', (request) => {
    if (!/^(file|data|blob):/.test(request.url())) requests.push(request.url())
  })
  return { page, requests, trouble: watchForTrouble(page) }
}

test('a frozen flurry says the same when its data is gone, from a file, and on another instance', async ({
  page,
  browser,
}) => {
  test.setTimeout(180_000)
  const trouble = watchForTrouble(page)
  const downloads = mkdtempSync(path.join(tmpdir(), 'guildscope-outlives-'))
  const home = new OwnInstance('outlives', { web: 3342, http: 4552, grpc: 4551 }, 'reaction-flurry')
  const elsewhere = new OwnInstance('outlives-elsewhere', { web: 3343, http: 4554, grpc: 4553 })
  try {
    await home.serve({})
    const truth = (await home.tell(false, '--demo')).incidents[0]
    const guild = truth.guildId

    // Two clicks from the view.
    await page.goto(`${home.origin}/guilds/${guild}`)
    await expect(page.getByRole('grid', { name: /Heat map/ })).toBeAttached()
    await page.getByRole('button', { name: 'Freeze', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Freeze', exact: true }).click()
    await page.waitForURL(/\/incidents\/[a-z0-9]+/, { timeout: 30_000 })
    const id = /\/incidents\/([a-z0-9]+)/.exec(page.url())?.[1] ?? ''
    await settled(page)

    const { incident } = await home.get<{ incident: { sides: { fromMs: number; toMs: number }[] } }>(
      `/api/incidents/${id}`,
    )
    const side = incident.sides[0]
    const evidence = `/api/incidents/${id}/evidence`
    const range = `from=${side.fromMs}&to=${side.toMs}`
    const minutesRoute = `${evidence}/guilds/${guild}/minutes?${range}`
    const flameRoute = `${evidence}/guilds/${guild}/flame?${range}&scope=guild`
    const minutes = await home.get<GuildMinutes>(minutesRoute)
    expectTruth(minutes, truth)
    const flame = await home.get<unknown>(flameRoute)
    const list = await home.get<TraceListPage<TraceSummary>>(
      `${evidence}/traces?guild=${guild}&${range}&sort=longest-wait&limit=1000`,
    )
    const worst = list.items.find((trace) => trace.frozen === true)
    if (worst === undefined) throw new Error('no trace was frozen')
    const wire = await bytesOf(`${home.origin}${evidence}/traces/${worst.traceId}`)
    const span = await home.get<unknown>(`${evidence}/traces/${worst.traceId}/spans/0?of=${worst.spanCount}`)

    // A minute well within the burst, as the picture says it.
    const burst = truth.minutes.find((minute) => (minute.actions[ACTION]?.[0] ?? 0) > 60_000)
    if (burst === undefined) throw new Error('the ground truth has no burst')
    await page.goto(`${home.origin}/incidents/${id}`)
    await settled(page)
    const steps = (burst.minuteMs - minutes.fromMs) / MINUTE_MS
    const clock = formatMinute(burst.minuteMs, 'UTC')
    const words = await cell(page, steps, clock)
    const [arrived, processed] = burst.actions[ACTION] ?? [0, 0]
    expect(words).toContain(`${formatCount(arrived)} arrived`)
    expect(words).toContain(`${formatCount(processed)} ×`)
    const ink = await totalInk(page)
    expect(ink).toBeGreaterThan(50_000)

    // Everything it came from goes: the simulator has ended, the store's data is deleted, the server starts anew.
    const blobs = path.join(home.dataDir, 'incidents', 'blobs')
    const stored = fingerprints(blobs)
    expect(Object.keys(stored).length).toBeGreaterThan(10)
    await page.goto('about:blank')
    await home.stopServer()
    for (const entry of readdirSync(home.dataDir)) {
      if (entry !== 'incidents') rmSync(path.join(home.dataDir, entry), { recursive: true, force: true })
    }
    await home.serve({})
    expect(await home.traceStatus(worst.traceId)).toBe(404)
    const live = await home.minutes(guild, side.fromMs, side.toMs)
    expect(live.actions).toEqual([])

    expect(await home.get<GuildMinutes>(minutesRoute)).toEqual(minutes)
    expect(await home.get<unknown>(flameRoute)).toEqual(flame)
    expect(await bytesOf(`${home.origin}${evidence}/traces/${worst.traceId}`)).toEqual(wire)
    expect(await home.get<unknown>(`${evidence}/traces/${worst.traceId}/spans/0?of=${worst.spanCount}`)).toEqual(span)
    await page.goto(`${home.origin}/incidents/${id}`)
    await settled(page)
    expect(await cell(page, steps, clock)).toBe(words)
    expect(await totalInk(page)).toBeGreaterThan(ink * 0.9)
    await page.goto(`${home.origin}/incidents/${id}/traces/${worst.traceId}`)
    await expect(
      page
        .getByRole('treegrid', { name: 'Spans' })
        .getByRole('row', { name: /wait \d+ m/ })
        .first(),
    ).toBeVisible()
    expect(fingerprints(blobs)).toEqual(stored)

    // The file, from disk, with the network off and the server gone.
    const file = path.join(downloads, 'incident.html')
    writeFileSync(file, await exported(home.origin, id, 'html'))
    const archive = await exported(home.origin, id, 'archive')
    expect(fingerprints(blobs)).toEqual(stored)
    await page.goto('about:blank')
    await home.stopServer()
    const alone = await offline(browser)
    await alone.page.goto(pathToFileURL(file).href)
    await settled(alone.page)
    expect(await cell(alone.page, steps, clock)).toBe(words)
    expect(await totalInk(alone.page)).toBeGreaterThan(20_000)
    expect(alone.requests).toEqual([])
    expect(alone.trouble).toEqual([])
    await alone.page.context().close()

    // Another instance, which never saw any of it.
    await elsewhere.serve({})
    const taken = await fetch(`${elsewhere.origin}/api/incidents/import`, {
      method: 'POST',
      body: new Uint8Array(archive),
    })
    expect(taken.status, await taken.clone().text()).toBe(200)
    expect(await elsewhere.get<GuildMinutes>(minutesRoute)).toEqual(minutes)
    await page.goto(`${elsewhere.origin}/incidents/${id}`)
    await settled(page)
    expect(await cell(page, steps, clock)).toBe(words)
    expect(fingerprints(path.join(elsewhere.dataDir, 'incidents', 'blobs'))).toEqual(stored)
    expect(trouble).toEqual([])
  } finally {
    await home.close()
    await elsewhere.close()
    rmSync(downloads, { recursive: true, force: true })
  }
})

async function bytesOf(url: string): Promise<Buffer> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
  return Buffer.from(await answer.arrayBuffer())
}

async function exported(origin: string, id: string, format: 'html' | 'archive'): Promise<Buffer> {
  const answer = await fetch(`${origin}/api/incidents/${id}/export`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ format, redact: [] }),
  })
  if (!answer.ok) throw new Error(`export ${format}: ${answer.status} ${await answer.text()}`)
  return Buffer.from(await answer.arrayBuffer())
}
