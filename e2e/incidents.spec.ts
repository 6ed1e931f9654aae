/** An incident in Chromium: its page on evidence alone, notes in the views, and two people who write at once. */
import { type APIRequestContext, type Browser, expect, type Page, test } from '@playwright/test'
import { violationsOf } from './axe'
import { ORIGIN } from './instance'
import { documentOverflow, SICK, SICK_NAME, settled, watchForTrouble } from './pages'

let incidentId = ''

/** Freezes the last half hour of the sick guild, as the dialog does. */
async function frozenIncident(request: APIRequestContext, title: string): Promise<string> {
  const toMs = Math.floor(Date.now() / 60_000) * 60_000
  const fromMs = toMs - 30 * 60_000
  const started = await request.post('/api/incidents', {
    data: {
      title,
      severity: 'major',
      view: { path: `/guilds/${SICK}`, search: '' },
      sides: [{ guildId: SICK, guildName: SICK_NAME, fromMs, toMs }],
      baselines: ['hour'],
      flames: [],
      traceIds: [],
      slowest: 3,
      longestWait: 3,
      sample: 3,
    },
  })
  const { freezeId } = await started.json()
  let id = ''
  await expect
    .poll(
      async () => {
        const progress = await (await request.get(`/api/freezes/${freezeId}`)).json()
        id = progress.incidentId ?? ''
        return progress.state
      },
      { timeout: 40_000 },
    )
    .toBe('done')
  return id
}

async function opened(browser: Browser, path: string, trouble: string[]): Promise<Page> {
  const context = await browser.newContext()
  const page = await context.newPage()
  trouble.push(...watchForTrouble(page))
  await page.goto(path)
  await expect(page.getByRole('region', { name: 'Timeline' })).toBeVisible()
  return page
}

test.beforeAll(async ({ request }) => {
  incidentId = await frozenIncident(request, 'Reaction flurry')
})

test('the page of an incident: numbers, a note on a cell, its flag, and the way back', async ({ page }) => {
  const trouble = watchForTrouble(page)
  await page.goto('/incidents')
  await page.getByRole('searchbox').fill('flurry')
  await page.getByRole('link', { name: 'Reaction flurry' }).first().click()
  await expect(page.getByText(/frozen at \d{4}-\d\d-\d\d \d\d:\d\d UTC/).first()).toBeVisible()
  await expect(page.getByText(/Pixel Arena: .*wait up to/)).toBeVisible()
  await expect(page.getByRole('button', { name: 'Live' })).toHaveCount(0)
  const grid = page.getByRole('grid', { name: /Heat map/ })
  await grid.getByRole('gridcell').first().focus()
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('Enter')
  await page.keyboard.press('n')
  const box = page.getByRole('textbox', { name: 'Text of the note' })
  await box.fill('**Here** it began')
  await page.reload()
  await expect(box).toHaveValue('**Here** it began')
  await page.getByRole('button', { name: 'Add note' }).click()
  const note = page.getByRole('article', { name: /^Note 1, .*message_reaction_add/ })
  await expect(note.locator('strong')).toHaveText('Here')
  const lane = page.getByRole('list', { name: /Notes and markers/ })
  await lane.getByRole('button', { name: /Note 1/ }).click()
  await page.keyboard.press('Escape')
  await note.getByRole('button', { name: /Show note 1/ }).click()
  await expect(page).toHaveURL(/sel=/)
  await expect(page.getByRole('region', { name: 'Flame graph' })).toContainText('message_reaction_add')
  expect(trouble).toEqual([])
})

test('the page brings its heat map along, before any script', async ({ browser, page }) => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  const bare = await context.newPage()
  await bare.goto(`/incidents/${incidentId}`)
  const still = bare.locator('svg[data-still]')
  const box = await still.boundingBox()
  expect(box?.width).toBeGreaterThan(600)
  // Quiet minutes and the flurry: more than a few shades, each in the colours of both themes.
  const fills = await still.locator('path[fill]').evaluateAll((paths) => paths.map((path) => path.getAttribute('fill')))
  expect(new Set(fills).size).toBeGreaterThan(4)
  for (const fill of fills) expect(fill).toMatch(/^light-dark\(rgb\(.+\), rgb\(.+\)\)$/)
  await context.close()

  const trouble: string[] = []
  page.on('pageerror', (error) => trouble.push(error.message))
  await page.goto(`/incidents/${incidentId}`)
  // The grid that is read out lies over the canvases that are drawn.
  const drawn = page.getByRole('grid', { name: /Heat map/ }).locator('xpath=..')
  await expect(drawn.locator('canvas').first()).toBeVisible()
  await expect(page.locator('svg[data-still]')).toHaveCount(0)
  expect(trouble).toEqual([])
})

test('a marker compares before and after', async ({ page }) => {
  await page.goto(`/incidents/${incidentId}`)
  await page.getByRole('button', { name: 'Marker', exact: true }).click()
  await page.getByRole('button', { name: 'Add marker' }).click()
  const table = page.getByRole('region', { name: 'Before and after, All actions' })
  await expect(table.getByRole('row', { name: /Arrivals/ })).toContainText(/n = /)
  await expect(table.getByRole('row', { name: /Busy/ })).toContainText(/10 min/)
  await page.getByRole('radio', { name: '5 min' }).click()
  await expect(table.getByRole('row', { name: /Busy/ })).toContainText(/5 min/)
  await expect(page).toHaveURL(/around=5/)
})

test('two people write at once and neither loses a note', async ({ browser }) => {
  const trouble: string[] = []
  const ann = await opened(browser, `/incidents/${incidentId}`, trouble)
  const bo = await opened(browser, `/incidents/${incidentId}`, trouble)
  const write = async (page: Page, text: string) => {
    await page.getByRole('button', { name: 'Note', exact: true }).click()
    await page.getByRole('textbox', { name: 'Text of the note' }).fill(text)
    await page.getByRole('button', { name: 'Add note' }).click()
  }
  await Promise.all([write(ann, 'written by Ann'), write(bo, 'written by Bo')])
  for (const page of [ann, bo]) {
    for (const text of ['written by Ann', 'written by Bo']) {
      await expect(page.getByRole('article').filter({ hasText: text })).toBeVisible({ timeout: 2_000 })
    }
  }

  // The same note, at once: both texts stay, and either can merge them.
  const noteOf = (page: Page) => page.getByRole('article').filter({ hasText: 'written by Ann' })
  const number = (await noteOf(ann).getByRole('button').first().textContent()) ?? ''
  for (const page of [ann, bo]) await page.getByRole('button', { name: `Edit note ${number}`, exact: true }).click()
  const box = (page: Page) => page.getByRole('textbox', { name: `Text of note ${number}` })
  await box(ann).fill('changed by Ann')
  await box(bo).fill('changed by Bo')
  await ann.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(bo.getByText(/changed this note while you were writing/)).toBeVisible({ timeout: 2_000 })
  await bo.getByRole('button', { name: 'Save', exact: true }).click()
  for (const page of [ann, bo]) {
    const card = page.getByRole('article', { name: new RegExp(`^Note ${number},`) })
    await expect(card).toContainText('changed by Ann', { timeout: 2_000 })
    await expect(card).toContainText('changed by Bo', { timeout: 2_000 })
  }
  await ann.getByRole('button', { name: 'Merge', exact: true }).click()
  await expect(box(ann)).toHaveValue(/changed by Ann[\s\S]*changed by Bo/)
  await ann.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(bo.getByText(/not merged yet/)).toHaveCount(0)

  // Title and status, too.
  await ann.getByRole('button', { name: 'Edit the title' }).click()
  await ann.getByRole('textbox', { name: 'Title of the incident' }).fill('Flurry, renamed')
  await ann.keyboard.press('Enter')
  await bo.getByRole('radio', { name: 'Mitigated' }).click()
  await expect(bo.getByRole('heading', { level: 1 })).toContainText('Flurry, renamed', { timeout: 2_000 })
  await expect(ann.getByRole('radio', { name: 'Mitigated' })).toBeChecked({ timeout: 2_000 })
  await ann.getByRole('button', { name: 'History' }).click()
  await expect(ann.getByRole('list', { name: /Changes/ })).toContainText('changed the title to')
  expect(trouble).toEqual([])
  await ann.context().close()
  await bo.context().close()
})

test('what is written while the server is away is kept and sent again', async ({ browser }) => {
  const page = await opened(browser, `/incidents/${incidentId}`, [])
  await page.context().setOffline(true)
  await page.getByRole('button', { name: 'Note', exact: true }).click()
  await page.getByRole('textbox', { name: 'Text of the note' }).fill('written offline')
  await page.getByRole('button', { name: 'Add note' }).click()
  await expect(page.getByText(/not saved yet/)).toBeVisible()
  await page.context().setOffline(false)
  await expect(page.getByText(/not saved yet/)).toHaveCount(0)
  await page.reload()
  await expect(page.getByRole('article').filter({ hasText: 'written offline' })).toBeVisible()
  await page.context().close()
})

test('a tab that is hidden for a minute lets its stream go, and catches up when it is looked at again', async ({
  page,
  request,
}) => {
  await page.clock.install()
  let streams = 0
  const isStream = (asked: { url(): string }) => asked.url().includes('/events?')
  page.on('request', (asked) => {
    if (isStream(asked)) streams++
  })
  const ended = (asked: { url(): string }) => {
    if (isStream(asked)) streams--
  }
  page.on('requestfailed', ended)
  page.on('requestfinished', ended)
  await page.goto(`/incidents/${incidentId}`)
  await expect.poll(() => streams).toBe(1)
  const look = (state: 'hidden' | 'visible') =>
    page.evaluate((state) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state })
      document.dispatchEvent(new Event('visibilitychange'))
    }, state)
  await look('hidden')
  await page.clock.fastForward(61_000)
  await expect.poll(() => streams).toBe(0)
  const change = { kind: 'note-added', noteId: 'meanwhile', text: 'written meanwhile', pin: { kind: 'incident' } }
  await request.post(`/api/incidents/${incidentId}/entries`, { data: { id: 'meanwhile', change } })
  await look('visible')
  // Nobody was asked who they are: the page says so beside what was written.
  await expect(page.getByRole('article').filter({ hasText: 'written meanwhile' })).toContainText('(not verified)')
})

test('hostile notes and titles do nothing', async ({ page, request }) => {
  const id = await frozenIncident(request, 'x\u202egnp.exe')
  const elsewhere: string[] = []
  page.on('request', (asked) => {
    if (!asked.url().startsWith(ORIGIN) && asked.url().startsWith('http')) elsewhere.push(asked.url())
  })
  page.on('dialog', () => elsewhere.push('a dialog opened'))
  const text = [
    '<script>alert(1)</script><img src=x onerror=alert(1)>',
    '[click](javascript:alert(1)) [d](data:text/html,<script>alert(1)</script>)',
    '![secret](https://tracker.example/pixel.png)',
    '[fine](https://status.example/) a\u202eb',
  ].join('\n\n')
  const change = { kind: 'note-added', noteId: 'hostile', text, pin: { kind: 'incident' } }
  expect((await request.post(`/api/incidents/${id}/entries`, { data: { id: 'hostile', change } })).ok()).toBe(true)
  const long = { kind: 'titled', title: 'x'.repeat(10_000) }
  const refused = await request.post(`/api/incidents/${id}/entries`, { data: { id: 'long', change: long } })
  expect(refused.status()).toBe(400)
  await page.goto(`/incidents/${id}`)
  const note = page.getByRole('article', { name: /^Note 1/ })
  await expect(note).toContainText('<script>alert(1)</script>')
  await expect(note).toContainText('⟨U+202E⟩')
  await expect(page.getByRole('heading', { level: 1 })).toContainText('x⟨U+202E⟩gnp.exe')
  expect(await note.locator('img, script, iframe').count()).toBe(0)
  const links = await note
    .getByRole('link')
    .evaluateAll((all) =>
      all.map((link) => [link.getAttribute('href'), link.getAttribute('rel'), link.getAttribute('target')]),
    )
  expect(links).toEqual([
    ['https://tracker.example/pixel.png', 'noreferrer noopener', '_blank'],
    ['https://status.example/', 'noreferrer noopener', '_blank'],
  ])
  expect(elsewhere).toEqual([])
})

for (const scheme of ['dark', 'light'] as const) {
  for (const [size, viewport] of Object.entries({
    laptop: { width: 1440, height: 900 },
    phone: { width: 390, height: 844 },
  })) {
    test(`axe finds nothing: ${scheme}, ${size}`, async ({ browser }) => {
      const context = await browser.newContext({ viewport, colorScheme: scheme, reducedMotion: 'reduce' })
      const page = await context.newPage()
      for (const path of ['/incidents', `/incidents/${incidentId}`]) {
        await page.goto(path)
        await settled(page)
        expect(await violationsOf(page), path).toEqual([])
        expect(await documentOverflow(page), 'the document scrolls').toEqual([0, 0])
      }
      await context.close()
    })
  }
}
