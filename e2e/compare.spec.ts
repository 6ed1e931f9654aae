/**
 * Guilds side by side, against what the simulator knows to be true: on an instance of its own a guild that a neighbour starves, the
 * neighbour, and a healthy one; on the shared instance the flurry against itself before it began.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { compareSearch } from '../components/compare/compare-view'
import { type ActionDiff, actionDiff } from '../lib/analysis/action-diff'
import type { Side } from '../lib/model/incident'
import { type GuildMinutes, MINUTE_MS } from '../lib/model/timings'
import type { TruthFile } from '../lib/simulator/simulation'
import type { TruthMinute } from '../lib/simulator/truth'
import { violationsOf } from './axe'
import { ORIGIN, TRUTH_FILE } from './instance'
import { CACHE, OwnInstance } from './own-instance'
import { documentOverflow, SICK, settled, watchForTrouble } from './pages'

const LOUD = '222078108977594368'
const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } } as const

/** True sums of minutes [fromMs, toMs). */
function trueTotals(minutes: readonly TruthMinute[], fromMs: number, toMs: number, action?: string) {
  const inside = minutes.filter(({ minuteMs }) => minuteMs >= fromMs && minuteMs < toMs)
  const of = (minute: TruthMinute) => (action === undefined ? undefined : minute.actions[action])
  return {
    minutes: inside.length,
    arrived: inside.reduce((sum, minute) => sum + (action === undefined ? minute.arrived : (of(minute)?.[0] ?? 0)), 0),
    processed: inside.reduce(
      (sum, minute) => sum + (action === undefined ? minute.processed : (of(minute)?.[1] ?? 0)),
      0,
    ),
    busyUs: inside.reduce((sum, minute) => sum + minute.busyUs, 0),
  }
}

function figuresOf(diff: ActionDiff, action: string, side: number) {
  const row = diff.rows.find((one) => one.action === action)
  if (row === undefined) throw new Error(`no ${action}`)
  return row.figures[side]
}

/** What the table says of an action, for whoever hears it. */
async function wordsOf(page: Page, action: string): Promise<string> {
  const row = page.getByRole('region', { name: 'Actions side by side' }).getByRole('button', { name: action })
  return (await row.first().textContent()) ?? ''
}

/** `B … each 40 × as costly` → 40. */
function timesIn(words: string, letter: string, as: string): number {
  const sentence = words.split(/(?=\b[A-D] against [A-D]: )/).find((part) => part.startsWith(`${letter} against`)) ?? ''
  const found = new RegExp(`([\\d.,k]+) × as ${as}`).exec(sentence)
  if (found !== null) return Number(found[1].replace(',', '').replace('k', 'e3'))
  return new RegExp(`\\bas ${as}`).test(sentence) ? 1 : Number.NaN
}

test('a starved guild, its loud neighbour and a healthy one: the comparison finds what differs', async ({
  browser,
}) => {
  test.setTimeout(150_000)
  const instance = new OwnInstance('compare', { web: 3433, http: 3434, grpc: 3435 }, 'node-neighbour')
  try {
    await instance.serve({})
    const truth = (await instance.tell(false, '--demo')).incidents[0]
    const sick = truth.guildId
    const story = truth.storyStartMs
    // Whole minutes of the hold, and whole minutes before it.
    const [fromMs, toMs] = [story + 6 * MINUTE_MS, story + 14 * MINUTE_MS]
    const [beforeMs, startMs] = [story - 10 * MINUTE_MS, story + 4 * MINUTE_MS]
    const fleet = await instance.fleet()
    const node = fleet.guilds.find((guild) => guild.guildId === sick)?.node
    const apart = (sessions: number) => Math.abs(Math.log(sessions / truth.sessions))
    const healthy = fleet.guilds
      .filter((guild) => guild.node !== node && guild.sessions > 0)
      .sort((a, b) => apart(a.sessions) - apart(b.sessions))[0].guildId
    const sides: readonly Side[] = [
      { guildId: sick, fromMs: beforeMs, toMs: startMs },
      { guildId: sick, fromMs, toMs },
      { guildId: LOUD, fromMs, toMs },
      { guildId: healthy, fromMs, toMs },
    ]

    // The figures are the truth.
    const data = await Promise.all(sides.map((side) => instance.minutes(side.guildId, side.fromMs, side.toMs)))
    const diff = actionDiff(sides.map((side, i) => ({ data: data[i], fromMs: side.fromMs, toMs: side.toMs })))
    for (const [i, side] of [sides[0], sides[1]].entries()) {
      const real = trueTotals(truth.minutes, side.fromMs, side.toMs)
      expect(diff.bases[i].minutes).toBe(real.minutes)
      expect(diff.totals[i].countPerMinute * real.minutes).toBeCloseTo(real.processed, 3)
      expect(diff.totals[i].arrivedPerMinute * real.minutes).toBeCloseTo(real.arrived, 3)
      expect(Math.abs(diff.totals[i].busyUsPerMinute * real.minutes - real.busyUs) / real.busyUs).toBeLessThan(1e-4)
      const presence = trueTotals(truth.minutes, side.fromMs, side.toMs, 'presence_update')
      expect(figuresOf(diff, 'presence_update', i).arrivedPerMinute * real.minutes).toBeCloseTo(presence.arrived, 3)
    }

    const page = await browser.newPage({ viewport: SIZES.wide, reducedMotion: 'reduce' })
    const trouble = watchForTrouble(page)
    await page.goto(`${instance.origin}/compare${compareSearch(sides, { align: 'offset' })}`)
    await settled(page)
    await expect(page.getByRole('grid', { name: /Heat map of side/ })).toHaveCount(4)
    // Starved: as many arrive as before, each takes forty times as long. Loud: many more arrive, each as cheap as ever.
    const presence = await wordsOf(page, 'presence_update')
    expect(timesIn(presence, 'B', 'costly')).toBeGreaterThan(36)
    expect(timesIn(presence, 'B', 'costly')).toBeLessThan(44)
    expect(timesIn(presence, 'B', 'many arrived')).toBeGreaterThan(0.9)
    expect(timesIn(presence, 'B', 'many arrived')).toBeLessThan(1.1)
    expect(timesIn(presence, 'B', 'long a wait')).toBeGreaterThan(100)
    expect(timesIn(presence, 'D', 'costly')).toBeGreaterThan(0.9)
    expect(timesIn(presence, 'D', 'costly')).toBeLessThan(1.1)
    const typing = await wordsOf(page, 'typing_start')
    const loudBefore = await instance.minutes(LOUD, beforeMs, startMs)
    const loud = actionDiff([
      { data: loudBefore, fromMs: beforeMs, toMs: startMs },
      { data: data[2], fromMs, toMs },
    ])
    const [calm, burst] = [figuresOf(loud, 'typing_start', 0), figuresOf(loud, 'typing_start', 1)]
    expect(burst.arrivedPerMinute / calm.arrivedPerMinute).toBeGreaterThan(28)
    expect(burst.arrivedPerMinute / calm.arrivedPerMinute).toBeLessThan(32)
    expect(timesIn(typing, 'C', 'costly')).toBeGreaterThan(0.9)
    expect(timesIn(typing, 'C', 'costly')).toBeLessThan(1.1)

    // Latency of the starved one, with what it rests on.
    await page.getByRole('radio', { name: 'Latency' }).click()
    await page.getByRole('radio', { name: 'Wait', exact: true }).click()
    await settled(page)
    await expect(page.getByRole('region', { name: 'Quantiles by side' })).toContainText(/needs \d+, has \d+| – /)
    // The flame graph: the guild’s own work grew in each of its parts.
    await page.getByRole('radio', { name: 'Flame graph' }).click()
    await page.getByRole('radio', { name: 'A ↔ B' }).click()
    await page.getByRole('radio', { name: 'Table' }).click()
    await settled(page)
    await expect(page.getByRole('region', { name: 'Call paths by difference' }).getByRole('row').nth(1)).toContainText(
      '×',
    )
    await page.screenshot({ path: path.join(CACHE, 'pictures', 'compare-neighbour.png') })
    expect(trouble).toEqual([])
    await page.close()
  } finally {
    await instance.close()
  }
})

function flurrySides(): { readonly truth: TruthFile['incidents'][number]; readonly sides: readonly [Side, Side] } {
  const file: TruthFile = JSON.parse(readFileSync(TRUTH_FILE, 'utf8'))
  const truth = file.incidents.find((one) => one.preset === 'reaction-flurry')
  if (truth === undefined) throw new Error('no flurry')
  const story = truth.storyStartMs
  return {
    truth,
    sides: [
      { guildId: SICK, fromMs: story - 10 * MINUTE_MS, toMs: story + 4 * MINUTE_MS },
      { guildId: SICK, fromMs: story + 7 * MINUTE_MS, toMs: story + 14 * MINUTE_MS },
    ],
  }
}

test('the flurry against itself before: 80 × the reactions, each as costly', async ({ page, request }) => {
  const trouble = watchForTrouble(page)
  const { truth, sides } = flurrySides()
  const [before, during] = sides.map((side) =>
    trueTotals(truth.minutes, side.fromMs, side.toMs, 'message_reaction_add'),
  )
  const real = during.arrived / during.minutes / (before.arrived / before.minutes)
  expect(real).toBeGreaterThan(77)
  expect(real).toBeLessThan(82)
  const minutes: GuildMinutes[] = []
  for (const side of sides) {
    minutes.push(await (await request.get(`/api/guilds/${SICK}/minutes?from=${side.fromMs}&to=${side.toMs}`)).json())
  }
  const diff = actionDiff(sides.map((side, i) => ({ data: minutes[i], fromMs: side.fromMs, toMs: side.toMs })))
  const [a, b] = [figuresOf(diff, 'message_reaction_add', 0), figuresOf(diff, 'message_reaction_add', 1)]
  expect(b.arrivedPerMinute / a.arrivedPerMinute).toBeCloseTo(real, 6)

  await page.goto(`/compare${compareSearch(sides, { align: 'offset' })}`)
  await settled(page)
  const words = await wordsOf(page, 'message_reaction_add')
  expect(Math.abs(timesIn(words, 'B', 'many arrived') - real)).toBeLessThanOrEqual(0.5)
  expect(timesIn(words, 'B', 'costly')).toBeGreaterThanOrEqual(0.98)
  expect(timesIn(words, 'B', 'costly')).toBeLessThan(1.25)
  // What differs most comes first, below the total.
  const rows = page.getByRole('region', { name: 'Actions side by side' }).getByRole('row')
  await expect(rows.nth(3)).toContainText('message_reaction_add')
  expect(trouble).toEqual([])
})

test('one cross in all sides, one brush in all sides, and a link that restores it', async ({ page, context }) => {
  const { sides } = flurrySides()
  await page.goto(`/compare${compareSearch(sides, { align: 'offset' })}`)
  await settled(page)
  const grid = page.getByRole('grid', { name: /Heat map of side B/ })
  const cell = await grid.getByRole('gridcell').boundingBox()
  if (cell === null) throw new Error('no cell')
  await page.mouse.move(cell.x + 2, cell.y + cell.height / 2)
  await expect(page.locator('[data-readout="A"]')).toContainText(/message_reaction_add|not in this side/)
  await expect(page.locator('[data-readout="B"]')).toContainText('message_reaction_add')

  await page.mouse.move(0, 0)
  await grid.getByRole('gridcell').focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('Shift+ArrowRight')
  await expect(page).toHaveURL(/action=message_reaction_add/)
  await page.getByRole('radio', { name: 'Mean wait' }).click()
  await page.getByRole('button', { name: 'Per 1,000 sessions' }).click()
  await page.getByRole('button', { name: 'Make base, side B' }).click()
  await page.getByRole('button', { name: 'Linked brush' }).click()
  await page.getByRole('button', { name: 'Handled/min' }).last().click()
  const href = page.url()
  const state = async (one: Page) => ({
    pressed: await one.locator('[aria-pressed="true"]').evaluateAll((all) => all.map((each) => each.textContent)),
    checked: await one.locator('[aria-checked="true"]').evaluateAll((all) => all.map((each) => each.textContent)),
    table: await one.getByRole('region', { name: 'Actions side by side' }).innerText(),
    selected: await one
      .getByRole('gridcell')
      .evaluateAll((all) => all.map((each) => [each.getAttribute('aria-label')])),
  })
  const shown = await state(page)
  const second = await context.newPage()
  await second.goto(href)
  await settled(second)
  await expect(second.getByRole('button', { name: 'Linked brush' })).toHaveAttribute('aria-pressed', 'false')
  const restored = await state(second)
  // Where the keyboard stands in a grid is no part of a view.
  expect({ ...restored, selected: [] }).toEqual({ ...shown, selected: [] })
  expect(new URL(second.url()).search).toBe(new URL(href).search)
})

test('from the list of guilds by x, from a guild by “compare with”, from a trace', async ({ page, request }) => {
  const trouble = watchForTrouble(page)
  await page.goto('/')
  await settled(page)
  await page.keyboard.press('ArrowDown')
  await page.locator('[data-guild][tabindex="0"]').focus()
  await page.keyboard.press('x')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('x')
  await page.getByRole('button', { name: 'Compare 2' }).click()
  await expect(page.getByRole('grid', { name: /Heat map of side/ })).toHaveCount(2)

  await page.goto(`/guilds/${SICK}`)
  await page.getByRole('button', { name: 'Compare with…' }).click()
  await page.getByRole('button', { name: 'an hour ago' }).click()
  await expect(page).toHaveURL(/\/compare\?.*align=offset/)
  await expect(page.getByRole('button', { name: 'Base, side B', exact: true })).toHaveAttribute('aria-pressed', 'true')

  const { items } = await (
    await request.get(`${ORIGIN}/api/traces?guild=${SICK}&action=message_create&sort=slowest&limit=2`)
  ).json()
  await page.goto(`/traces/${items[0].traceId}`)
  await page.getByRole('button', { name: 'Compare' }).click()
  await page.getByRole('textbox', { name: 'Trace id' }).fill(items[1].traceId)
  await page.getByRole('button', { name: 'Take it' }).click()
  await expect(page.getByRole('region', { name: 'Operation paths by difference' })).toContainText(
    'guild.message_create',
  )
  await page
    .getByRole('button', { name: /guild\.message_create/ })
    .first()
    .click()
  await expect(page.getByText(/Aligned at guild\.message_create/)).toBeVisible()
  expect(trouble).toEqual([])
})

test('what cannot be shown says why in its place, and the others work', async ({ page }) => {
  const trouble = watchForTrouble(page)
  const { sides } = flurrySides()
  const iso = (ms: number) => `${new Date(ms).toISOString().slice(0, 16)}Z`
  const [good] = sides
  const range = (from: number, to: number) => `~${iso(from)}~${iso(to)}`
  const list = [
    SICK + range(good.toMs, good.fromMs),
    `nobody${range(good.fromMs, good.toMs)}`,
    SICK + range(good.toMs - 31 * 24 * 3_600_000, good.toMs),
    SICK + range(good.fromMs, good.toMs),
    SICK + range(good.fromMs, good.toMs),
  ].join('!')
  await page.goto(`/compare?v=1&sides=${encodeURIComponent(list)}&measure=evil`)
  await settled(page)
  for (const words of [
    /ends before it begins/,
    /31 days long/,
    /No timings of this guild/,
    /first 4 are shown/,
    /measure/,
  ]) {
    await expect(page.getByText(words).first()).toBeVisible()
  }
  await expect(page.getByRole('region', { name: 'Actions side by side' })).toContainText('message_reaction_add')

  const twice = [SICK, SICK].map((id) => id + range(good.fromMs, good.toMs)).join('!')
  await page.goto(`/compare?v=1&sides=${encodeURIComponent(twice)}`)
  await expect(page.getByText(/same guild and range as side A/)).toBeVisible()
  await page.goto('/compare')
  await expect(page.getByText(/Nothing to compare yet/)).toBeVisible()
  expect(trouble).toEqual([])
})

for (const scheme of ['dark', 'light'] as const) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    test(`axe and pictures, ${scheme}, ${size}`, async ({ browser, request }) => {
      test.setTimeout(90_000)
      const context = await browser.newContext({
        viewport,
        colorScheme: scheme,
        reducedMotion: 'reduce',
        baseURL: ORIGIN,
      })
      const page = await context.newPage()
      const trouble = watchForTrouble(page)
      const { sides } = flurrySides()
      const { items } = await (
        await request.get(`${ORIGIN}/api/traces?guild=${SICK}&action=message_create&sort=slowest&limit=2`)
      ).json()
      for (const tab of ['actions', 'flame', 'latency', 'traces'] as const) {
        const [a, b] = [items[0].traceId, items[1].traceId]
        await page.goto(`/compare${compareSearch(sides, { align: 'offset', tab, a, b })}`)
        await settled(page)
        await page.screenshot({
          path: path.join(CACHE, 'pictures', `compare-${tab}-${scheme}-${size}.png`),
          fullPage: true,
        })
        expect(await violationsOf(page), tab).toEqual([])
        expect(await documentOverflow(page), `${tab} scrolls the document`).toEqual([0, 0])
      }
      expect(trouble).toEqual([])
      await context.close()
    })
  }
}
