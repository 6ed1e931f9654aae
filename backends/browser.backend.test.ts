/**
 * What an on-call engineer does where everything stands in other systems already: the simulator tells its incident to a real Jaeger
 * (spans, OTLP) and to a real Prometheus (counters as it would have scraped them); the application keeps nothing itself. Tasks 3, 7 and 8
 * of the fifteen, in Chromium, against what the simulator knows to be true.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Browser, chromium, type Locator, type Page, expect as patient } from '@playwright/test'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compareSearch } from '../components/compare/compare-view.ts'
import { settled, watchForTrouble } from '../e2e/pages.ts'
import { type ServerProcess, startServer } from '../e2e/server-process.ts'
import { formatDuration, formatMinute, formatPercent } from '../lib/base/format.ts'
import { MINUTE_MS } from '../lib/model/timings.ts'
import type { TruthFile } from '../lib/simulator/simulation.ts'
import type { Truth, TruthMinute, TruthTrace } from '../lib/simulator/truth.ts'
import { findChromium } from '../scripts/chromium.mjs'
import { type Jaeger, startJaeger } from './jaeger.ts'
import { type Backend, freePorts, ownFolder } from './process.ts'
import { startPrometheus } from './prometheus.ts'

const ACTION = 'message_reaction_add'
const HOUR_MS = 60 * MINUTE_MS
const PICTURES = path.resolve(import.meta.dirname, '../.cache/pictures')
const folder = ownFolder('browser')
/** As patient as the other tests in the browser (e2e/playwright.config.ts): a search of Jaeger alone takes five seconds here. */
const shows = patient.configure({ timeout: 15_000 })

let jaeger: Jaeger
let prometheus: Backend
let server: ServerProcess
let browser: Browser
let truth: Truth
/** The slowest complete trace of the action, and the minute in which it began. */
let worst: TruthTrace
let minuteMs: number

beforeAll(async () => {
  jaeger = await startJaeger()
  const [truthFile, metricsFile] = [path.join(folder, 'truth.json'), path.join(folder, 'metrics.txt')]
  // An hour before the flurry is part of it: the baseline of task 3.
  const told = spawnSync(
    process.execPath,
    [
      ...['--import', 'tsx', 'lib/simulator/cli.ts', '--preset', 'reaction-flurry', '--demo', '--seed', '1'],
      ...['--guilds', '8', '--history-minutes', '90', '--traces-per-minute', '150'],
      ...['--target', jaeger.otlp, '--openmetrics', metricsFile, '--truth', truthFile],
    ],
    { encoding: 'utf8' },
  )
  if (told.status !== 0) throw new Error(`The simulator failed: ${told.stderr.slice(-2_000)}`)
  prometheus = await startPrometheus(readFileSync(metricsFile, 'utf8'))
  const file: TruthFile = JSON.parse(readFileSync(truthFile, 'utf8'))
  truth = file.incidents[0]
  const slowest = truth.slowestComplete.find(({ action }) => action === ACTION)
  if (slowest === undefined) throw new Error(`The simulator told no complete trace of ${ACTION}.`)
  worst = slowest
  minuteMs = Math.floor(worst.startMs / MINUTE_MS) * MINUTE_MS
  const config = path.join(folder, 'guildscope.config.json')
  writeFileSync(
    config,
    JSON.stringify({
      store: 'off',
      sources: { jaeger: { kind: 'jaeger', url: jaeger.url }, prometheus: { kind: 'prometheus', url: prometheus.url } },
    }),
  )
  const [web, http, grpc] = await freePorts(3)
  server = await startServer(path.join(folder, 'data'), { web, http, grpc }, { GUILDSCOPE_CONFIG: config })
  mkdirSync(PICTURES, { recursive: true })
  browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-gpu'] })
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
  await prometheus?.stop()
  await jaeger?.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function onPage(work: (page: Page) => Promise<void>): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, timezoneId: 'UTC' })
  page.setDefaultTimeout(60_000)
  const trouble = watchForTrouble(page)
  try {
    await work(page)
    expect(trouble).toEqual([])
  } finally {
    await page.close()
  }
}

/** From the fleet to the guild, and by keyboard to the cell of `minuteMs` in the row of the action that fills it. */
async function toTheCell(page: Page): Promise<void> {
  await page.goto(server.origin)
  const first = page.getByRole('table', { name: 'Guilds' }).getByRole('row').nth(1)
  await shows(first).toContainText(truth.guildId)
  await first.getByRole('link', { name: truth.guildId }).click()
  await shows(page.getByText('onset', { exact: false }).first()).toBeVisible()
  const cell = page.getByRole('grid', { name: /Heat map/ }).getByRole('gridcell')
  await cell.focus()
  const wanted = `${formatMinute(minuteMs, 'UTC')} ${ACTION}`
  for (let i = 0; i < 60 && !(await cell.getAttribute('aria-label'))?.startsWith(wanted); i++)
    await page.keyboard.press('ArrowLeft')
  await shows(cell).toHaveAccessibleName(new RegExp(`^${wanted} `))
  await page.keyboard.press('Enter')
}

/** The large figures of a row of the table of actions; counts, also `55.3k`, as numbers. */
async function figuresOf(row: Locator): Promise<number[]> {
  const texts = await row.getByRole('cell').allInnerTexts()
  return texts.map((text) => Number(/^[\d.,]+k?/.exec(text.trim())?.[0].replace(/,/g, '').replace('k', 'e3')))
}

function trueMinute(ms: number): TruthMinute {
  const found = truth.minutes.find((minute) => minute.minuteMs === ms)
  if (found === undefined) throw new Error(`the truth knows nothing of ${new Date(ms).toISOString()}`)
  return found
}

test('task 3: which actions own that minute, against the same minute an hour ago', async () => {
  await onPage(async (page) => {
    await toTheCell(page)
    await page.getByRole('button', { name: 'Compare with…' }).click()
    await page.getByRole('button', { name: 'an hour ago' }).click()
    await shows(page.getByRole('grid', { name: /Heat map of side/ })).toHaveCount(2)
    const table = page.getByRole('region', { name: 'Actions side by side' })
    await shows(table.getByText('1 complete minute with data')).toHaveCount(2)
    const rows = table.getByRole('row').filter({ has: page.getByRole('cell') })
    await shows(rows.nth(1)).toContainText(ACTION)
    await shows(rows.nth(1)).toContainText(/A against B: .* \d+ × as many arrived, \d+ × as many handled/)
    const [all, flurry] = await Promise.all([figuresOf(rows.nth(0)), figuresOf(rows.nth(1))])
    const [now, before] = [trueMinute(minuteMs), trueMinute(minuteMs - HOUR_MS)]
    // Busy, arrived, handled, cost, wait of each side; scrapes do not begin with the minute.
    for (const [told, real] of [
      [all[1], now.arrived],
      [all[2], now.processed],
      [all[6], before.arrived],
      [all[7], before.processed],
      [flurry[1], now.actions[ACTION][0]],
      [flurry[2], now.actions[ACTION][1]],
      [flurry[6], before.actions[ACTION][0]],
      [flurry[7], before.actions[ACTION][1]],
    ])
      expect(Math.abs(told - real) / real).toBeLessThan(0.05)
    await settled(page)
    await page.screenshot({ path: path.join(PICTURES, 'backends-compare.png') })
  })
})

test('tasks 7 and 8: from the cell to the worst complete trace of that action and minute, and the hop that dominates it', async () => {
  await onPage(async (page) => {
    await toTheCell(page)
    const traces = page.getByRole('region', { name: 'Traces', exact: true })
    await traces.getByRole('radio', { name: 'Slowest' }).click()
    await traces.getByRole('button', { name: 'Complete only' }).click()
    await shows(traces).toContainText(`${formatMinute(minuteMs, 'UTC')} · ${ACTION}`)
    const slowest = traces.getByRole('row').nth(1)
    await shows(slowest).toContainText(formatDuration(worst.durationUs * 1e3))
    await settled(page)
    await page.screenshot({ path: path.join(PICTURES, 'backends-cell.png') })
    await slowest.getByRole('link').first().click()
    await shows(page).toHaveURL(new RegExp(`/traces/${worst.traceId}`))

    const hops = page.getByRole('list', { name: 'The largest parts of the way to the last end' }).getByRole('listitem')
    const share = formatPercent(worst.waitUs / worst.durationUs)
    await shows(hops.first()).toHaveText(`guild wait ${formatDuration(worst.waitUs * 1e3)} (${share})`)
    const tree = page.getByRole('treegrid', { name: 'Spans' })
    await shows(tree.getByRole('row', { name: /guild\.message_reaction_add.*wait 1\d m/ })).toBeVisible()
    await settled(page)
    await page.screenshot({ path: path.join(PICTURES, 'backends-trace.png') })
  })
})

test('a flame graph over many traces says how far it has come, can be cancelled, and begins again when asked', async () => {
  await onPage(async (page) => {
    await page.goto(`${server.origin}/guilds/${truth.guildId}?span=60`)
    const flame = page.getByRole('region', { name: 'Flame graph' })
    await shows(flame.getByText(/\d of \d+ (services searched|traces read)/)).toBeVisible()
    await flame.getByRole('button', { name: 'Cancel' }).focus()
    await page.keyboard.press('Enter')
    await shows(flame).toContainText('Cancelled: the traces of')
    await shows(flame.getByRole('button', { name: 'Read them' })).toBeFocused()
    await page.keyboard.press('Enter')
    await shows(flame.getByRole('tree', { name: /Flame graph/ })).toBeAttached()
    await shows(flame).toContainText(/n = 200 traces/)
    await shows(flame).toContainText('jaeger may hold more than the 200 traces that were asked for')
  })
})

test('so can the two readings of a comparison', async () => {
  await onPage(async (page) => {
    const fromMs = minuteMs - 10 * MINUTE_MS
    const sides = [fromMs, fromMs - HOUR_MS].map((from) => {
      return { guildId: truth.guildId, fromMs: from, toMs: from + 20 * MINUTE_MS }
    })
    await page.goto(`${server.origin}/compare${compareSearch(sides, { tab: 'flame' })}`)
    const flame = page.getByRole('region', { name: 'Differential flame graph' })
    await shows(flame.getByText(/\d of \d+ (services searched|traces read)/)).toBeVisible()
    await flame.getByRole('button', { name: 'Cancel' }).focus()
    await page.keyboard.press('Enter')
    await shows(flame).toContainText('Cancelled: the traces of both sides')
    await shows(flame.getByRole('button', { name: 'Read them' })).toBeFocused()
    await page.keyboard.press('Enter')
    // Twice 200 traces, each a request of its own.
    await shows(flame.getByRole('tree', { name: /Flame graph/ })).toBeAttached({ timeout: 45_000 })
    await page.keyboard.press('/')
    await page.keyboard.type('fan-out')
    await shows(flame.getByRole('status')).toHaveText(/^\d+ · [\d.]+ %$/)
  })
})
