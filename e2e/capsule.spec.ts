/**
 * An incident as one HTML file: frozen on a real server, exported, and opened from disk with the server stopped and the network off.
 * What it shows is compared with what the live page showed, and what was redacted is looked for in every inflated byte.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { type Browser, type BrowserContext, expect, type Page, test } from '@playwright/test'
import type { SpanDetails } from '../lib/model/span-columns'
import { MINUTE_MS } from '../lib/model/timings'
import type { Page as TracePage, TraceSummary } from '../lib/model/trace-list'
import { violationsOf } from './axe'
import { CACHE, OwnInstance } from './own-instance'
import { SICK, SICK_NAME, settled, watchForTrouble } from './pages'

const FILE = path.join(CACHE, 'capsule.html')
const REDACTED = path.join(CACHE, 'capsule-redacted.html')
const HOSTILE = '</script><!--<script>window.hit=1</script>"\u2028\u202e<img src=x onerror="window.hit=2">'
const NOTE = `It began **here**. ${HOSTILE}`
const DROPPED = 'enduser.id'

test.describe.configure({ mode: 'serial' })

/** What the live page said before everything was stopped. */
interface Live {
  readonly cell: string
  readonly traceId: string
  readonly user: string
  readonly guildSearch: string
}
let live: Live

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000)
  const instance = new OwnInstance('capsule', { web: 3460, http: 3461, grpc: 3462 }, 'reaction-flurry')
  try {
    await instance.serve({})
    const truth = (await instance.tell(false, '--demo')).incidents[0]
    const onset = Math.floor((truth.onsetMs ?? Number.NaN) / MINUTE_MS) * MINUTE_MS
    const side = { guildId: SICK, guildName: SICK_NAME, fromMs: onset - 10 * MINUTE_MS, toMs: onset + 10 * MINUTE_MS }
    const guildSearch = `?v=1&from=${iso(side.fromMs)}&to=${iso(side.toMs)}`
    const incidentId = await instance.freeze({
      title: `Pixel Arena waits ${HOSTILE}`,
      severity: 'major',
      view: { path: `/guilds/${SICK}`, search: guildSearch },
      sides: [side],
      baselines: ['hour'],
      flames: [],
      traceIds: [],
      slowest: 20,
      longestWait: 20,
      sample: 60,
    })
    const change = { kind: 'note-added', noteId: 'n1', text: NOTE, pin: { kind: 'time', atMs: onset } }
    await instance.post(`/api/incidents/${incidentId}/entries`, { id: 'e1', change })
    const page = await browser.newPage({ baseURL: instance.origin })
    await page.goto(`/incidents/${incidentId}/guilds/${SICK}${guildSearch}`)
    const cell = await readCell(page)
    await page.close()
    const evidence = `/api/incidents/${incidentId}/evidence`
    const kept = await instance.get<TracePage<TraceSummary>>(`${evidence}/traces?guild=${SICK}&sort=slowest&limit=1`)
    const { traceId } = kept.items[0]
    const root = await instance.get<SpanDetails>(`${evidence}/traces/${traceId}/spans/0`)
    const user = root.attributes.find(({ key }) => key === DROPPED)?.value ?? ''
    expect(user).toMatch(/^\d{10,}$/)
    live = { cell, traceId, user, guildSearch }
    writeFileSync(FILE, await exported(instance, incidentId, []))
    writeFileSync(REDACTED, await exported(instance, incidentId, [{ key: DROPPED, how: 'dropped' }]))
  } finally {
    await instance.close()
  }
})

test('opens from disk without a server or a request, and reads the same numbers', async ({ browser }) => {
  const { page, requests, trouble, context } = await fromDisk(browser)
  await page.goto(`${pathToFileURL(FILE)}#/guilds/${SICK}${live.guildSearch}`)
  expect(await readCell(page)).toBe(live.cell)
  await expect(page.getByText('frozen at')).toBeVisible()
  expect(await page.evaluate(() => Reflect.get(window, 'hit'))).toBeUndefined()
  await settled(page)
  // Heat map, flame graph and scatter; what lies over them is empty until something is hovered.
  expect((await coloursOf(page)).filter((colours) => colours > 4).length).toBeGreaterThanOrEqual(3)

  // A selection stands in the fragment: both lower panels follow it, Back undoes it, a reload restores it.
  await page.keyboard.press('Enter')
  const words = /\d\d:\d\d.* · message_reaction_add/
  const flame = page.getByRole('region', { name: 'Flame graph' })
  await expect(flame).toContainText(words)
  await expect(page).toHaveURL(/#\/guilds\/\d+\?.*sel=/)
  await page.reload()
  await expect(flame).toContainText(words)
  await page.goBack()
  await expect(flame).toContainText('all actions')
  expect(requests).toEqual([])
  expect(trouble).toEqual([])
  await context.close()
})

test('the flame graph zooms, a trace opens with attributes of its spans, Back returns', async ({ browser }) => {
  const { page, requests, trouble, context } = await fromDisk(browser)
  await page.goto(`${pathToFileURL(FILE)}#/guilds/${SICK}${live.guildSearch}`)
  const flame = page.getByRole('region', { name: 'Flame graph' })
  await flame.getByRole('treeitem').first().focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/zoom=/)

  const traces = page.getByRole('region', { name: 'Traces', exact: true })
  await traces.getByRole('radio', { name: 'Longest wait' }).click()
  await traces.getByRole('row').nth(1).getByRole('link').first().click()
  await expect(page).toHaveURL(/#\/traces\/[0-9a-f]{32}/)
  const row = page
    .getByRole('treegrid', { name: 'Spans' })
    .getByRole('row', { name: /stage: guild/ })
    .first()
  await row.click()
  await page.keyboard.press('Enter')
  await expect(page.getByText('guild.enqueued_unix_nano')).toBeVisible()
  await page.waitForTimeout(600)
  await page.reload()
  await expect(page.getByText('guild.enqueued_unix_nano')).toBeVisible()
  await page.goBack()
  await expect(page).toHaveURL(/#\/guilds\//)
  await expect(flame).toBeVisible()
  expect(requests).toEqual([])
  expect(trouble).toEqual([])
  await context.close()
})

test('shows the notes, and in the source for whoever reads without scripts', async ({ browser }) => {
  const { page, trouble, context } = await fromDisk(browser)
  await page.goto(String(pathToFileURL(FILE)))
  await expect(page.getByText('It began here.').first()).toBeVisible()
  expect(await page.evaluate(() => Reflect.get(window, 'hit'))).toBeUndefined()
  expect(trouble).toEqual([])
  await context.close()
  const plain = await browser.newContext({ javaScriptEnabled: false, offline: true })
  const reading = await plain.newPage()
  await reading.goto(String(pathToFileURL(FILE)))
  expect(await reading.locator('noscript pre').textContent()).toContain('It began **here**.')
  await plain.close()
})

test('what was redacted is nowhere in the file, inflated or not', async ({ browser }) => {
  const whole = everything(FILE)
  expect(whole).toContain(DROPPED)
  expect(whole).toContain(live.user)
  const left = everything(REDACTED)
  // The key stands once, where the file says what was removed.
  expect(left.split(DROPPED).length - 1).toBe(1)
  expect(left).not.toContain(live.user)
  const { page, context } = await fromDisk(browser)
  await page.goto(String(pathToFileURL(REDACTED)))
  await expect(page.getByRole('button', { name: /1 key redacted/ })).toBeVisible()
  await context.close()
})

test('a damaged piece is named, and the rest opens', async ({ browser }) => {
  const text = readFileSync(FILE, 'utf8')
  const at = text.lastIndexOf('<script type="application/gzip+base64"')
  const cut = path.join(CACHE, 'capsule-cut.html')
  const middle = at + 400
  writeFileSync(cut, `${text.slice(0, middle)}${text[middle] === 'A' ? 'B' : 'A'}${text.slice(middle + 1)}`)
  const { page, trouble, context } = await fromDisk(browser)
  await page.goto(`${pathToFileURL(cut)}#/guilds/${SICK}${live.guildSearch}`)
  expect(await readCell(page)).toBe(live.cell)
  await page.getByRole('button', { name: /^Exported file 1 damaged/ }).click()
  await expect(page.getByText(/does not match its checksum/)).toBeVisible()

  writeFileSync(cut, text.slice(0, text.indexOf('<script type="application/gzip+base64"')))
  await page.goto('about:blank')
  await page.goto(String(pathToFileURL(cut)))
  await expect(page.getByText('It began here.').first()).toBeVisible()
  await expect(page.getByRole('button', { name: /^Exported file \d+ damaged/ })).toBeVisible()
  expect(trouble).toEqual([])
  await context.close()
})

for (const scheme of ['dark', 'light'] as const) {
  for (const [size, viewport] of [
    ['wide', { width: 1440, height: 900 }],
    ['narrow', { width: 390, height: 844 }],
  ] as const) {
    test(`axe finds nothing in the file, ${scheme}, ${size}`, async ({ browser }) => {
      const { page, trouble, context } = await fromDisk(browser, { colorScheme: scheme, viewport })
      for (const [name, hash] of [
        ['incident', '#/'],
        ['guild', `#/guilds/${SICK}${live.guildSearch}`],
        ['trace', `#/traces/${live.traceId}`],
      ] as const) {
        await page.goto('about:blank')
        await page.goto(`${pathToFileURL(FILE)}${hash}`)
        await settled(page)
        await page.screenshot({ path: path.join(CACHE, 'pictures', `capsule-${name}-${scheme}-${size}.png`) })
        expect(await violationsOf(page), name).toEqual([])
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        )
        expect(overflow, `${name} scrolls sideways`).toBeLessThanOrEqual(0)
      }
      expect(trouble).toEqual([])
      await context.close()
    })
  }
}

/** A page without network; every request that is not the file itself, or made by the page from its own bytes, is kept. */
async function fromDisk(
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ page: Page; requests: string[]; trouble: string[]; context: BrowserContext }> {
  const context = await browser.newContext({ offline: true, ...options })
  const page = await context.newPage()
  const requests: string[] = []
  page.on('request', (request) => {
    if (!/^(file|data|blob):/.test(request.url())) requests.push(request.url())
  })
  return { page, requests, trouble: watchForTrouble(page), context }
}

/** The heat map's cell that four steps back lead to, as it is read out. Leaves the focus there. */
async function readCell(page: Page): Promise<string> {
  const grid = page.getByRole('grid', { name: /Heat map/ })
  await grid.getByRole('gridcell').first().focus()
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowLeft')
  const name = await grid.getByRole('gridcell').first().getAttribute('aria-label')
  expect(name).toMatch(/message_reaction_add/)
  return name ?? ''
}

/** How many colours each canvas of the page shows. */
async function coloursOf(page: Page): Promise<readonly number[]> {
  return page.locator('main canvas').evaluateAll((elements) =>
    elements.map((element) => {
      if (!(element instanceof HTMLCanvasElement) || element.width * element.height === 0) return 0
      const pixels = element.getContext('2d')?.getImageData(0, 0, element.width, element.height).data.buffer
      return pixels === undefined ? 0 : new Set(new Uint32Array(pixels)).size
    }),
  )
}

async function exported(
  instance: OwnInstance,
  incidentId: string,
  redact: readonly { readonly key: string; readonly how: 'dropped' | 'hashed' }[],
): Promise<Buffer> {
  const answer = await instance.post(`/api/incidents/${incidentId}/export`, { format: 'html', redact })
  expect(answer.headers.get('content-disposition')).toMatch(/filename="?incident-[a-z0-9-]+\.html/)
  return Buffer.from(await answer.arrayBuffer())
}

/** The file's text, and that of everything inside it. */
function everything(file: string): string {
  const text = readFileSync(file, 'utf8')
  const pieces = [...text.matchAll(/<script type="application\/gzip\+base64" id="[^"]+">([^<]*)<\/script>/g)]
  expect(pieces.length).toBeGreaterThan(10)
  return [text, ...pieces.map(([, base64]) => gunzipSync(Buffer.from(base64, 'base64')).toString('latin1'))].join('\n')
}

const iso = (ms: number): string => new Date(ms).toISOString().replace(':00.000Z', 'Z')
