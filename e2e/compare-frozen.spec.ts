/**
 * A comparison that outlives its data: three sides and a pair of traces are frozen from `/compare` by two clicks, the store's data is
 * deleted, and every part of the comparison says the same on the evidence, then in the exported file with the server stopped.
 */
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, type Page, test } from '@playwright/test'
import { compareSearch } from '../components/compare/compare-view'
import type { Side } from '../lib/model/incident'
import { MINUTE_MS } from '../lib/model/timings'
import { violationsOf } from './axe'
import { CACHE, OwnInstance } from './own-instance'
import { SICK, settled, totalInk, watchForTrouble } from './pages'

const ACTION = 'message_reaction_add'

/** What each part of the comparison says; each must say something. */
async function said(page: Page): Promise<Record<string, string>> {
  await expect(page.getByRole('grid', { name: /Heat map of side/ })).toHaveCount(3)
  await page.getByRole('radio', { name: 'Actions' }).click()
  const actions = page.getByRole('region', { name: 'Actions side by side' })
  await expect(actions).toContainText(ACTION)
  const cell = page.getByRole('grid', { name: /Heat map of side A/ }).getByRole('gridcell')
  await cell.focus()
  await page.keyboard.press('Home')
  const words: Record<string, string> = {
    cell: (await cell.getAttribute('aria-label')) ?? '',
    actions: await actions.innerText(),
  }
  await page.getByRole('radio', { name: 'Flame graph' }).click()
  await page.getByRole('radio', { name: 'Table' }).click()
  const paths = page.getByRole('region', { name: 'Call paths by difference' })
  await expect(paths.getByRole('row').nth(1)).toContainText(/×|new|gone/)
  words.flame = await paths.innerText()
  await page.getByRole('radio', { name: 'Latency' }).click()
  const quantiles = page.getByRole('region', { name: 'Quantiles by side' })
  await expect(quantiles.getByRole('row')).toHaveCount(4)
  await expect(quantiles).toContainText(/needs \d+, has \d+| – /)
  words.latency = await quantiles.innerText()
  await page.getByRole('radio', { name: 'Two traces' }).click()
  const operations = page.getByRole('region', { name: 'Operation paths by difference' })
  await expect(operations).toContainText('guild.')
  words.traces = await operations.innerText()
  return words
}

/** What was frozen and is not shown is offered, also of a guild of which nothing is shown any more. */
async function offersWhatWasFrozen(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Remove side C' }).click()
  await expect(page.getByRole('grid', { name: /Heat map of side/ })).toHaveCount(2)
  await page.getByRole('button', { name: 'Add a side' }).click()
  await expect(page.getByRole('heading', { name })).toBeVisible()
  await page.getByRole('button', { name: /^The incident/ }).click()
  await expect(page.getByRole('grid', { name: /Heat map of side/ })).toHaveCount(3)
}

test('a frozen comparison says the same when its data is gone, and from a file', async ({ browser }) => {
  test.setTimeout(180_000)
  const instance = new OwnInstance('compare-frozen', { web: 3344, http: 4556, grpc: 4555 }, 'reaction-flurry')
  try {
    await instance.serve({})
    const story = (await instance.tell(false, '--demo')).incidents[0].storyStartMs
    const { guilds } = await instance.fleet()
    const other = guilds.find((guild) => guild.guildId !== SICK && guild.guildName !== undefined)
    if (other === undefined) throw new Error('no other guild')
    const sides: readonly Side[] = [
      { guildId: SICK, fromMs: story - 10 * MINUTE_MS, toMs: story + 4 * MINUTE_MS },
      { guildId: SICK, fromMs: story + 6 * MINUTE_MS, toMs: story + 14 * MINUTE_MS },
      { guildId: other.guildId, fromMs: story - 10 * MINUTE_MS, toMs: story + 14 * MINUTE_MS },
    ]
    const traces = await instance.traces(SICK, sides[1].fromMs, sides[1].toMs)
    const [a, b] = [traces[0].traceId, traces[traces.length - 1].traceId]
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
    const trouble = watchForTrouble(page)
    await page.goto(`${instance.origin}/compare${compareSearch(sides, { align: 'offset', a, b })}`)
    const live = await said(page)

    await page.getByRole('button', { name: 'Freeze', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Freeze', exact: true }).click()
    await page.waitForURL(/\/incidents\/[a-z0-9]+/, { timeout: 40_000 })
    const id = /\/incidents\/([a-z0-9]+)/.exec(page.url())?.[1] ?? ''
    await page.goto('about:blank')
    await instance.stopServer()
    for (const entry of readdirSync(instance.dataDir)) {
      if (entry !== 'incidents') rmSync(path.join(instance.dataDir, entry), { recursive: true, force: true })
    }
    await instance.serve({})
    expect((await instance.minutes(SICK, sides[0].fromMs, sides[0].toMs)).actions).toEqual([])

    await page.goto(`${instance.origin}/incidents/${id}/compare`)
    const frozen = await said(page)
    expect(frozen.cell).toBe(live.cell)
    expect(frozen.actions).toBe(live.actions)
    expect(frozen.flame).toBe(live.flame)
    expect(frozen.latency).toBe(live.latency)
    expect(frozen.traces).toBe(live.traces)
    expect(await totalInk(page)).toBeGreaterThan(50_000)
    expect(await violationsOf(page)).toEqual([])
    await page.screenshot({ path: path.join(CACHE, 'pictures', 'compare-frozen.png'), fullPage: true })
    await offersWhatWasFrozen(page, other.guildName ?? '')

    const answer = await fetch(`${instance.origin}/api/incidents/${id}/export`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ format: 'html', redact: [] }),
    })
    expect(answer.status).toBe(200)
    const file = path.join(CACHE, 'compare-frozen.html')
    writeFileSync(file, Buffer.from(await answer.arrayBuffer()))
    await page.close()
    await instance.stopServer()

    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, offline: true })
    const alone = await context.newPage()
    trouble.push(...watchForTrouble(alone))
    const requests: string[] = []
    alone.on('request', (request) => {
      if (!/^(file|data|blob):/.test(request.url())) requests.push(request.url())
    })
    await alone.goto(`${pathToFileURL(file)}#/compare`)
    expect(await said(alone)).toEqual(frozen)
    await settled(alone)
    await alone.screenshot({ path: path.join(CACHE, 'pictures', 'compare-file.png'), fullPage: true })
    await offersWhatWasFrozen(alone, other.guildName ?? '')
    expect(requests).toEqual([])
    expect(trouble).toEqual([])
    await context.close()
  } finally {
    await instance.close()
  }
})
