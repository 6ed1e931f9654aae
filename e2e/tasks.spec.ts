/** What an engineer does at 3 a.m., in Chromium, on data that came in over the wire from the simulator. */
import path from 'node:path'
import { expect, test } from '@playwright/test'
import { fanoutTraceId, SICK, SICK_NAME, settled, totalInk, watchForTrouble, worstTrace } from './pages'

let trouble: string[] = []
test.beforeEach(({ page }) => {
  trouble = watchForTrouble(page)
})
test.afterEach(() => {
  expect(trouble).toEqual([])
})

test('from the fleet in two clicks to the flurry, the flame graph and a visible mailbox wait', async ({ page }) => {
  await page.goto('/')
  const first = page.getByRole('table', { name: 'Guilds' }).getByRole('row').nth(1)
  await expect(first).toContainText(SICK_NAME)
  await expect(first).toContainText('saturated')
  await first.getByRole('link', { name: SICK_NAME }).click()

  await expect(page).toHaveURL(new RegExp(`/guilds/${SICK}`))
  await expect(page.getByRole('button', { name: /^onset .*\d\d:\d\d/ })).toBeVisible()
  await expect(page.getByText(/clears ≈ (\d{4}-\d\d-\d\d )?\d\d:\d\d/)).toBeVisible()
  await expect(
    page
      .getByRole('list', { name: /Action types/ })
      .getByRole('listitem')
      .first(),
  ).toContainText('message_reaction_add')
  await expect(page.getByRole('tree', { name: /Flame graph/ })).toBeAttached()
  await settled(page)
  expect(await totalInk(page)).toBeGreaterThan(50_000)

  const traces = page.getByRole('region', { name: 'Traces', exact: true })
  await traces.getByRole('radio', { name: 'Longest wait' }).click()
  const longest = traces.getByRole('row').nth(1)
  await expect(longest).toContainText(/\d+ m \d\d s/)
  await longest.getByRole('link').first().click()
  await expect(page).toHaveURL(/\/traces\/[0-9a-f]{32}/)
  const tree = page.getByRole('treegrid', { name: 'Spans' })
  await expect(tree.getByRole('row', { name: /wait \d+ m \d\d s/ }).first()).toBeVisible()
  await settled(page)
  expect(await totalInk(page)).toBeGreaterThan(5_000)
})

test('the fleet by keyboard alone, and its filters in the URL', async ({ page }) => {
  await page.goto('/')
  await expect(page.getByRole('link', { name: SICK_NAME })).toBeVisible()
  await page.getByRole('button', { name: /^message_reaction_add/ }).click()
  await expect(page).toHaveURL(/message_reaction_add/)
  await page.goBack()
  await page.getByRole('searchbox').fill('arena')
  await expect(page.getByRole('table', { name: 'Guilds' }).getByRole('row')).toHaveCount(2)
  await expect(page).toHaveURL(/arena/)
  await page.reload()
  await expect(page.getByRole('searchbox')).toHaveValue('arena')
  await page.getByRole('link', { name: SICK_NAME }).focus()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(`/guilds/${SICK}`))
})

test('a selection on the heat map carries both lower panels and survives a reload', async ({ page }) => {
  await page.goto(`/guilds/${SICK}`)
  const grid = page.getByRole('grid', { name: /Heat map/ })
  await expect(grid).toBeAttached()
  await grid.getByRole('gridcell').first().focus()
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('Enter')
  const words = /\d\d:\d\d.* · message_reaction_add/
  await expect(page.getByRole('region', { name: 'Flame graph' })).toContainText(words)
  await expect(page.getByRole('region', { name: 'Traces', exact: true })).toContainText(words)
  const url = page.url()
  const flame = await page.getByRole('region', { name: 'Flame graph' }).getByText(words).first().textContent()
  await page.goto('about:blank')
  await page.goto(url)
  await expect(page.getByRole('region', { name: 'Flame graph' })).toContainText(flame?.split(' · n =')[0] ?? 'nothing')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('region', { name: 'Flame graph' })).toContainText('all actions')
})

test('the flame graph can be read as a table', async ({ page }) => {
  await page.goto(`/guilds/${SICK}`)
  const flame = page.getByRole('region', { name: 'Flame graph' })
  await flame.getByRole('radio', { name: 'Table' }).click()
  await expect(flame.getByRole('row', { name: /guild\.message_reaction_add/ }).first()).toBeVisible()
})

test('a span in full: attributes, and the link that brings it back', async ({ page, request }) => {
  const { traceId } = await worstTrace(request)
  await page.goto(`/traces/${traceId}`)
  const tree = page.getByRole('treegrid', { name: 'Spans' })
  const row = tree.getByRole('row', { name: /stage: guild/ }).first()
  await row.click()
  await page.keyboard.press('Enter')
  await expect(page.getByText('guild.enqueued_unix_nano')).toBeVisible()
  await expect(page.getByText('service.instance.id').first()).toBeVisible()
  await page.waitForTimeout(600)
  const url = page.url()
  await page.goto('about:blank')
  await page.goto(url)
  await expect(page.getByText('guild.enqueued_unix_nano')).toBeVisible()
})

test('a million spans: folded to a screen, unfolded to a million rows, scrolled to the end', async ({ page }) => {
  await page.goto(`/traces/${fanoutTraceId()}`)
  await expect(page.getByText('1,000,079 spans')).toBeVisible()
  const tree = page.getByRole('treegrid', { name: 'Spans' })
  await expect(tree.getByRole('row', { name: /×1,000,000/ }).first()).toBeVisible()
  expect(Number(await tree.getAttribute('aria-rowcount'))).toBeLessThan(100)
  await page.getByRole('radio', { name: 'Unfold all' }).click()
  await expect.poll(async () => Number(await tree.getAttribute('aria-rowcount'))).toBeGreaterThan(1_000_000)
  await tree.getByRole('row').nth(2).click()
  await page.keyboard.press('End')
  await expect
    .poll(async () =>
      Math.max(
        ...(await tree
          .getByRole('row')
          .evaluateAll((rows) => rows.map((row) => Number(row.getAttribute('aria-rowindex'))))),
      ),
    )
    .toBeGreaterThan(1_000_000)
  await page.getByRole('radio', { name: 'Groups' }).click()
  await expect.poll(async () => Number(await tree.getAttribute('aria-rowcount'))).toBeLessThan(100)
})

test('sources: what arrives, and set-up with this instance’s ports', async ({ page }) => {
  await page.goto('/sources')
  await expect(page.getByText('listening')).toHaveCount(3)
  await expect(page.getByText('otlp_endpoint: "http://127.0.0.1:4318"')).toBeVisible()
})

test('help, command palette, zone and theme by keyboard', async ({ page }) => {
  await page.goto('/')
  await expect(page.getByRole('link', { name: SICK_NAME })).toBeVisible()
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('combobox', { name: 'Search' })).toBeFocused()
  await page.keyboard.type('pixel')
  await expect(page.getByRole('option', { name: /Pixel Arena/, selected: true })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(`/guilds/${SICK}`))
  await page.keyboard.press('z')
  await expect(page.getByRole('button', { name: /^Time zone/ })).not.toHaveAccessibleName(/UTC$/)
})

test('what is not there says so and leads on', async ({ page }) => {
  trouble = []
  await page.goto('/traces/deadbeefdeadbeefdeadbeefdeadbeef')
  await expect(page.getByText(/deadbeef/).first()).toBeVisible()
  trouble = []
  await page.goto('/no-such-page')
  await expect(page.getByRole('link', { name: /guilds/i }).first()).toBeVisible()
  trouble = []
})

test('the picture of the README', async ({ page }) => {
  await page.goto(`/guilds/${SICK}`)
  await expect(page.getByRole('tree', { name: /Flame graph/ })).toBeAttached()
  await settled(page)
  const folder = process.env.GUILDSCOPE_UPDATE_SCREENSHOT === '1' ? '../docs' : '../.cache/pictures'
  await page.screenshot({ path: path.resolve(import.meta.dirname, folder, 'screenshot.png') })
})
