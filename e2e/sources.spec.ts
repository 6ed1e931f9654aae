/**
 * An instance that keeps nothing itself: traces from Zipkin (its recorded answers, replayed) and minutes from another, real Guildscope;
 * beside them a source of each kind that is not there. One that fails takes nothing else along.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@playwright/test'
import { type Replay, recordedIn, startReplay } from '../lib/sources/http/replay.fixture'
import { violationsOf } from './axe'
import { CACHE, OwnInstance } from './own-instance'
import { documentOverflow, SICK, SICK_NAME } from './pages'

const TRACE = 'c4a70000000000000000000000000abc'
const NOWHERE = 'http://127.0.0.1:9'

const other = new OwnInstance('sources-other', { web: 3450, http: 3451, grpc: 3452 }, 'reaction-flurry')
const reader = new OwnInstance('sources-reader', { web: 3453, http: 3454, grpc: 3455 }, 'reaction-flurry')
let zipkin: Replay

test.beforeAll(async () => {
  test.setTimeout(120_000)
  zipkin = await startReplay(recordedIn(path.resolve(import.meta.dirname, '../lib/sources/zipkin/fixtures')), {
    anyValueOf: ['endTs', 'lookback', 'limit'],
  })
  await other.serve({})
  await other.tell(false)
  const file = path.join(CACHE, 'e2e-sources.json')
  mkdirSync(CACHE, { recursive: true })
  writeFileSync(
    file,
    JSON.stringify({
      store: 'off',
      sources: {
        dead: { kind: 'zipkin', url: NOWHERE },
        zipkin: { kind: 'zipkin', url: zipkin.url, links: { Zipkin: `${zipkin.url}/zipkin/traces/{traceId}` } },
        other: { kind: 'timings-http', url: other.origin },
        gone: { kind: 'timings-http', url: NOWHERE },
      },
      defaults: { traces: 'dead', timings: 'other' },
      links: { Logs: 'https://logs.example.org/?guild={guild}&from={fromIso}' },
    }),
  )
  await reader.serve({ GUILDSCOPE_CONFIG: file })
})
test.afterAll(async () => {
  await Promise.all([other.close(), reader.close(), zipkin.close()])
})

test('a reader chooses a source by name, the address keeps it, and one that fails says so alone', async ({ page }) => {
  await page.goto(reader.origin)
  const guilds = page.getByRole('table', { name: 'Guilds' })
  await expect(guilds).toContainText(SICK_NAME)
  await page.getByRole('button', { name: /^Asks/ }).click()
  await page.getByRole('radio', { name: /^gone/ }).click()
  await expect(page).toHaveURL(/[?&]timings=gone/)
  await expect(page.getByText('Source: gone')).toBeVisible()
  await page.getByRole('button', { name: /^Asks/ }).click()
  await page.getByRole('radio', { name: /^other/ }).click()
  await expect(guilds).toContainText(SICK_NAME)
  // The minutes come from one source while the other source's panels fail.
  await guilds.getByRole('link', { name: SICK_NAME }).click()
  await expect(page).toHaveURL(/[?&]timings=other/)
  await expect(page.getByRole('grid', { name: /Heat map/ })).toHaveAttribute('aria-rowcount', /^[1-9]/)
  await expect(page.getByText('Source: dead').first()).toBeVisible()
  // Each panel says whose data it shows, and what that source does not keep.
  await expect(page.getByRole('button', { name: 'derived from spans' })).toHaveCount(0)
  await expect(page.getByText('from other', { exact: true })).toBeVisible()
  await expect(page.getByRole('region', { name: 'Flame graph' })).toContainText('from dead')
  await page.getByRole('button', { name: 'Elsewhere' }).click()
  await expect(page.getByRole('link', { name: /^Logs/ })).toHaveAttribute(
    'href',
    new RegExp(`^https://logs\\.example\\.org/\\?guild=${SICK}&from=20`),
  )
})

test('a trace is found where it is, and who failed is said', async ({ page }) => {
  await page.goto(`${reader.origin}/traces/${TRACE}`)
  const found = page.getByRole('region', { name: 'Sources of this trace' })
  await expect(found).toContainText(/Shown from zipkin: \d+ spans/)
  await expect(found).toContainText(/dead (is not asked until [\d:]+ UTC: dead )?refused the connection\./)
  await expect(page.getByText('sampling unknown: zipkin keeps no trace state')).toBeVisible()
  await page.getByRole('treegrid', { name: 'Spans' }).getByRole('row').nth(1).click()
  await page.keyboard.press('Enter')
  await expect(page.getByText('zipkin keeps no links between spans')).toBeVisible()
  await expect(page.getByText('zipkin keeps microseconds')).toBeVisible()
  await page.getByRole('button', { name: 'Elsewhere' }).click()
  await expect(page.getByRole('link', { name: /^Zipkin/ })).toHaveAttribute(
    'href',
    `${zipkin.url}/zipkin/traces/${TRACE}`,
  )
})

test('a name that is not configured is a clear refusal, and so is an address', async ({ request }) => {
  const unknown = await request.get(`${reader.origin}/api/traces/${TRACE}?source=nope`)
  expect(unknown.status()).toBe(400)
  expect(await unknown.text()).toContain('No source of traces is named “nope”.')
  const address = await request.get(
    `${reader.origin}/api/fleet?timings=${encodeURIComponent('http://169.254.169.254')}`,
  )
  expect(address.status()).toBe(400)
  expect((await request.post(`${reader.origin}/v1/traces`, { data: '{}' })).status()).toBe(404)
})

for (const [width, height] of [
  [1440, 900],
  [390, 844],
] as const)
  for (const colorScheme of ['dark', 'light'] as const)
    test(`the sources, ${width} px, ${colorScheme}`, async ({ page }) => {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.goto(`${reader.origin}/sources`)
      await page.getByRole('button', { name: 'Try it (dead)' }).click()
      const dead = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'dead' }) })
      await expect(dead).toContainText('does not answer')
      const alive = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'zipkin' }) })
      await expect(alive).toContainText('Zipkin keeps no links.')
      await expect(page.getByText('This instance keeps no spans and timings itself')).toBeVisible()
      expect(await documentOverflow(page)).toEqual([0, 0])
      await page.screenshot({ path: path.join(CACHE, 'pictures', `sources-${width}-${colorScheme}.png`) })
      expect(await violationsOf(page)).toEqual([])
    })
