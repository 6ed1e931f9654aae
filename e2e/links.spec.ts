/**
 * Every link restores its view: on each page, whatever can be operated is operated, and the link that Share makes is opened by
 * somebody else (another browser, another time zone, nothing stored), who must see the same: controls, words, scroll positions,
 * pictures. What is operated is found in the document, so a control that somebody adds tomorrow must keep its state in the
 * address, or stand below with a reason.
 */
import { type Browser, type BrowserContext, expect, type Page, test } from '@playwright/test'
import { differences, OPERABLE, settledFingerprint } from './fingerprint'
import { OwnInstance } from './own-instance'
import { SICK, watchForTrouble } from './pages'

/** Controls that are not view state, by name, and why. */
const NOT_STATE: readonly (readonly [name: RegExp, why: string])[] = [
  [/^Copy/, 'fills the clipboard'],
  [/^(Share|Freeze)/, 'opens a layer about the view; tested for itself'],
  [/^(Compare|Add a side)/, 'leads to another page'],
  [/^Live/, 'a shared link holds still; tested for itself'],
  [/^Try (again|it)/, 'asks again'],
  [/^Elsewhere/, 'opens a layer of ways out; e2e/sources.spec.ts'],
  [/^Clear the ticks/, 'undoes what another control keeps'],
  [
    /^(Edit |Note|Marker|Add a note|Open$|Mitigated|Resolved|Severity|Delete|Remove)/,
    'writes the incident itself, for everybody who reads it; e2e/incidents.spec.ts',
  ],
  [/^(History|Export|Guest link)/, 'opens a layer about the incident'],
]

/** Keys that `?` lists and that are not view state, by what they do, and why. */
const NOT_STATE_KEYS: readonly (readonly [label: RegExp, why: string])[] = [
  [/^(Search|List the keys|Find|Share|Freeze)/, 'opens a layer or moves the focus'],
  [/^(Pause and go on|Live on or off|Show the last hour, live)/, 'a shared link holds still'],
  [/^(Close the details|Reset the zoom)/, 'undoes what another control keeps'],
  [/Enter opens|Compare the ticked/, 'leads to another page'],
  [/^Add a note/, 'writes the incident; e2e/incidents.spec.ts'],
]

const instance = new OwnInstance('links', { web: 3440, http: 3441, grpc: 3442 }, 'reaction-flurry')
let range = ''
let traceId = ''
let incidentId = ''

test.beforeAll(async () => {
  test.setTimeout(240_000)
  await instance.serve({})
  const told = await instance.tell(false, '--guilds', '8', '--demo')
  const toMs = Math.floor(told.endMs / 60_000) * 60_000
  const iso = (ms: number) => encodeURIComponent(new Date(ms).toISOString().replace(':00.000Z', 'Z'))
  range = `from=${iso(toMs - 50 * 60_000)}&to=${iso(toMs)}`
  at = iso(toMs)
  const halfMs = toMs - 25 * 60_000
  const side = (fromMs: number, endMs: number) =>
    `${SICK}~${decodeURIComponent(iso(fromMs))}~${decodeURIComponent(iso(endMs))}~~~`
  sides = encodeURIComponent(`${side(halfMs - 25 * 60_000, halfMs)}!${side(halfMs, toMs)}`)
  past = `from=${iso(toMs - 50 * 60_000)}&to=${iso(toMs - 35 * 60_000)}&sel=${iso(toMs - 42 * 60_000)}`
  const page: { items: { traceId: string }[] } = await instance.get(
    `/api/traces?guild=${SICK}&sort=longest-wait&complete=1&limit=1`,
  )
  traceId = page.items[0].traceId
  const sidesFrozen = [{ guildId: SICK, fromMs: toMs - 50 * 60_000, toMs }]
  incidentId = await instance.freeze({
    title: 'Links',
    severity: 'minor',
    view: { path: `/guilds/${SICK}`, search: '' },
    sides: sidesFrozen,
    baselines: ['hour'],
    flames: [],
    traceIds: [traceId],
    slowest: 3,
    longestWait: 3,
    sample: 10,
  })
  const note = { kind: 'note-added', noteId: 'first', text: 'Here it **began**', pin: { kind: 'time', atMs: halfMs } }
  await instance.post(`/api/incidents/${incidentId}/entries`, { id: 'first', change: note })
})
test.afterAll(() => instance.close())
let at = ''
let sides = ''
/** A guild's minutes so far back that no zoom nor pan reaches the present, whose picture moves with the clock. */
let past = ''

const PAGES: readonly (readonly [name: string, path: () => string])[] = [
  ['fleet', () => `/?v=1&at=${at}`],
  ['guild', () => `/guilds/${SICK}?v=1&${range}`],
  ['trace', () => `/traces/${traceId}?v=1&details=1&at=1`],
  ['sources', () => '/sources'],
  ['compare', () => `/compare?v=1&sides=${sides}`],
  ['incident', () => `/incidents/${incidentId}`],
  ['incidents', () => '/incidents'],
]

interface Found {
  readonly key: string
  readonly name: string
  readonly kind: string
}

/** What can be operated now, each kind within a list or table once; `key` tells them apart. Marks the elements by their key. */
async function controls(page: Page): Promise<readonly Found[]> {
  return await page.evaluate((operable) => {
    const found: { key: string; name: string; kind: string }[] = []
    const seen = new Set<string>()
    const add = (element: Element, key: string, name: string, kind: string) => {
      if (seen.has(key)) return
      seen.add(key)
      element.setAttribute('data-links-key', key)
      found.push({ key, name, kind })
    }
    for (const old of document.querySelectorAll('[data-links-key]')) old.removeAttribute('data-links-key')
    for (const element of document.querySelectorAll(`header ${'[aria-keyshortcuts="Z"]'}, main :is(${operable})`)) {
      const box = element.getBoundingClientRect()
      if (box.width === 0 || box.height === 0 || element.closest('[role="dialog"]') !== null) continue
      if ((element instanceof HTMLButtonElement || element instanceof HTMLInputElement) && element.disabled) continue
      // Opens a chooser of the system's.
      if (element instanceof HTMLInputElement && element.type === 'file') continue
      const label =
        element.getAttribute('aria-label') ?? element.closest('label')?.textContent ?? element.textContent ?? ''
      const name = label.replace(/\s+/g, ' ').trim()
      const kind =
        element.getAttribute('role') ??
        (element instanceof HTMLInputElement ? `input ${element.type}` : element.localName)
      const list = element.closest('tr, [role="row"], li')
      const within =
        list === null
          ? undefined
          : `${list.parentElement?.closest('[aria-label]')?.getAttribute('aria-label') ?? ''}/${[...list.querySelectorAll(operable)].indexOf(element)}`
      const group = element.closest('[role="radiogroup"]')?.getAttribute('aria-label') ?? ''
      // Numbers and times in names change with what is shown.
      const key =
        within === undefined
          ? `${kind} ${group} ${name.replace(/[\d.,:]+/g, '#')}`.slice(0, 120)
          : `${kind} in a list: ${within}`
      add(element, key, name, kind)
    }
    for (const element of document.querySelectorAll('main, main *')) {
      const style = getComputedStyle(element)
      const y = element.scrollHeight > element.clientHeight + 8 && /auto|scroll/.test(style.overflowY)
      const x = element.scrollWidth > element.clientWidth + 8 && /auto|scroll/.test(style.overflowX)
      if ((!x && !y) || element.tagName === 'PRE') continue
      const where =
        element.getAttribute('aria-label') ??
        element.querySelector('[aria-label]')?.getAttribute('aria-label') ??
        element.id
      if (!element.hasAttribute('data-links-key')) add(element, `scroll ${element.localName} ${where}`, where, 'scroll')
    }
    return found
  }, OPERABLE)
}

/** Operates a control as a reader would. False where it went away in the meantime. */
async function operate(page: Page, control: Found): Promise<boolean> {
  const target = page.locator(`[data-links-key=${JSON.stringify(control.key)}]`)
  if ((await target.count()) === 0) return false
  switch (control.kind) {
    case 'scroll':
      await target.evaluate((element) => {
        element.dispatchEvent(new WheelEvent('wheel'))
        element.scrollBy(30, 44)
      })
      break
    case 'input search':
    case 'input text':
      await target.fill('message')
      break
    case 'input checkbox':
      await target.click()
      break
    case 'select': {
      const values = await target
        .locator('option')
        .evaluateAll((options) => options.map((option) => (option instanceof HTMLOptionElement ? option.value : '')))
      await target.selectOption(values.at(-1) ?? '')
      break
    }
    case 'slider':
      await target.focus()
      await page.keyboard.press('ArrowUp')
      await page.keyboard.press('ArrowRight')
      break
    case 'separator':
      await target.focus()
      await page.keyboard.press('ArrowLeft')
      break
    case 'gridcell':
    case 'treeitem':
      await target.focus()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('ArrowLeft')
      break
    default:
      await target.click()
  }
  // A button that opened a choice: the first that is not taken yet.
  const layer = page.locator('[role="dialog"]')
  const choice = layer.locator('button:not([aria-pressed="true"]):not(:disabled)').first()
  if ((await choice.count()) > 0) await choice.click()
  // An order within the layer is not yet a choice; the layer itself is no part of the view.
  if ((await layer.count()) > 0) await page.keyboard.press('Escape')
  return true
}

async function shared(page: Page): Promise<string> {
  // These have nothing to freeze, and their address is the link.
  if (['/sources', '/incidents'].includes(new URL(page.url()).pathname)) {
    await page.waitForTimeout(400)
    return page.url()
  }
  await page.evaluate(() => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
  })
  await page.keyboard.press('y')
  const field = page.getByRole('textbox', { name: 'Link to this view' })
  await expect(field).toHaveValue(/^http/)
  const link = await field.inputValue()
  await page.keyboard.press('Escape')
  await expect(field).toHaveCount(0)
  return link
}

async function somebodyElse(browser: Browser, viewport: { width: number; height: number }): Promise<BrowserContext> {
  return await browser.newContext({
    viewport,
    timezoneId: 'America/New_York',
    locale: 'en-US',
    colorScheme: 'dark',
    reducedMotion: 'reduce',
    hasTouch: viewport.width < 600,
  })
}

/** Resolves once the figures of the store stand still: a page that shows them would not be the same a moment later. */
async function settledStore(): Promise<void> {
  let before = ''
  await expect(async () => {
    const { store } = await instance.get<{ store: unknown }>('/api/sources')
    const now = JSON.stringify(store)
    const same = now === before
    before = now
    expect(same, now).toBe(true)
  }).toPass({ timeout: 90_000, intervals: [3_000] })
}

/** What was done since both pages were last found to be alike, and the page it was done on. */
async function compareViews(mine: Page, theirs: Page, done: readonly string[]): Promise<void> {
  const link = await shared(mine)
  expect(link.length, link).toBeLessThan(2_000)
  const opened = async () => {
    await theirs.goto('about:blank')
    await theirs.goto(link)
  }
  // One comes to rest while the other opens.
  const [here] = await Promise.all([settledFingerprint(mine), opened()])
  await expect(async () => {
    const there = await settledFingerprint(theirs)
    expect(differences(here, there), `after ${done.join('; ')}\n${link}`).toEqual([])
  }).toPass({ timeout: 15_000, intervals: [200] })
}

for (const [size, viewport] of [
  ['wide', { width: 1440, height: 900 }],
  ['narrow', { width: 390, height: 844 }],
] as const) {
  for (const [name, pathOf] of PAGES) {
    test(`${name}, ${size}: whatever is operated comes back from the link`, async ({ browser }) => {
      test.setTimeout(180_000)
      const own = await browser.newContext({
        viewport,
        timezoneId: 'Europe/Berlin',
        colorScheme: 'dark',
        reducedMotion: 'reduce',
        hasTouch: size === 'narrow',
      })
      const other = await somebodyElse(browser, viewport)
      const [mine, theirs] = [await own.newPage(), await other.newPage()]
      const trouble = [...watchForTrouble(mine), ...watchForTrouble(theirs)]
      if (name === 'sources') await settledStore()
      await mine.goto(instance.origin + pathOf())
      await settledFingerprint(mine)
      await compareViews(mine, theirs, ['nothing'])

      const tried = new Set<string>()
      const address = new URL(mine.url()).pathname
      let done: string[] = []
      for (;;) {
        const next = (await controls(mine)).find(
          (control) => !tried.has(control.key) && !NOT_STATE.some(([pattern]) => pattern.test(control.name)),
        )
        if (next === undefined) break
        tried.add(next.key)
        if (!(await operate(mine, next))) continue
        done.push(next.key)
        expect(new URL(mine.url()).pathname, `${next.key} leads elsewhere: it belongs into NOT_STATE`).toBe(address)
        if (done.length === 8) {
          await compareViews(mine, theirs, done)
          done = []
        }
      }
      if (done.length > 0) await compareViews(mine, theirs, done)
      expect(tried.size, [...tried].join('\n')).toBeGreaterThan(3)
      expect(trouble).toEqual([])
      await own.close()
      await other.close()
    })
  }
}

for (const [name, pathOf] of PAGES) {
  test(`${name}: every key that the help lists comes back from the link`, async ({ browser }) => {
    test.setTimeout(120_000)
    const viewport = { width: 1440, height: 900 }
    const own = await browser.newContext({
      viewport,
      timezoneId: 'Europe/Berlin',
      colorScheme: 'dark',
      reducedMotion: 'reduce',
    })
    const other = await somebodyElse(browser, viewport)
    const [mine, theirs] = [await own.newPage(), await other.newPage()]
    await mine.goto(`${instance.origin}${name === 'guild' ? `/guilds/${SICK}?v=1&${past}` : pathOf()}`)
    await settledFingerprint(mine)
    await mine.keyboard.press('?')
    await expect(mine.getByRole('dialog').getByRole('heading', { level: 3 }).first()).toBeVisible()
    const listed = await mine
      .getByRole('dialog')
      .locator('dl > div')
      .evaluateAll((entries) =>
        entries.map((entry) => ({
          keys: [...entry.querySelectorAll('dt > kbd')].map((kbd) =>
            [...kbd.children].map((part) => part.textContent ?? ''),
          ),
          label: entry.querySelector('dd')?.textContent ?? '',
        })),
      )
    await mine.keyboard.press('Escape')
    expect(listed.length).toBeGreaterThan(2)
    let done: string[] = []
    for (const { keys, label } of listed) {
      if (NOT_STATE_KEYS.some(([pattern]) => pattern.test(label))) continue
      // Sources has nothing to share: what it shows is now, in the reader's own zone.
      if ((name === 'sources' || name === 'incidents') && /local time/.test(label)) continue
      await mine.keyboard.press(keys[0].map(keyOf).join('+'))
      done.push(label)
      if (done.length === 3) {
        await compareViews(mine, theirs, done)
        done = []
      }
    }
    if (done.length > 0) await compareViews(mine, theirs, done)
    await own.close()
    await other.close()
  })
}

/** The key that the help shows as this. */
function keyOf(shown: string): string {
  const names: Readonly<Record<string, string>> = {
    '↑': 'ArrowUp',
    '↓': 'ArrowDown',
    '←': 'ArrowLeft',
    '→': 'ArrowRight',
    Esc: 'Escape',
    Ctrl: 'Control',
  }
  return names[shown] ?? (/^[A-Z]$/.test(shown) ? shown.toLowerCase() : shown)
}

test('a live view is shared as it stands, in words that say so; its zone travels, and the way back is there', async ({
  browser,
}) => {
  const own = await browser.newContext({
    timezoneId: 'Europe/Berlin',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const mine = await own.newPage()
  await mine.goto(`${instance.origin}/guilds/${SICK}`)
  await settledFingerprint(mine)
  await mine.keyboard.press('z')
  await mine.keyboard.press('y')
  await expect(mine.getByText('held still at this moment')).toBeVisible()
  await expect(mine.getByRole('button', { name: 'Copied', exact: true })).toBeVisible()
  const link = await mine.evaluate(() => navigator.clipboard.readText())
  expect(link).toMatch(/from=.*to=.*tz=Europe%2FBerlin/)
  await mine.getByRole('button', { name: 'Copy as Markdown' }).click()
  await expect(mine.getByRole('button', { name: 'Copied as Markdown' })).toBeVisible()
  expect(await mine.evaluate(() => navigator.clipboard.readText())).toMatch(/^\[Pixel Arena, .* Europe\/Berlin\]\(http/)
  await mine.keyboard.press('Escape')

  const other = await somebodyElse(browser, { width: 1440, height: 900 })
  const theirs = await other.newPage()
  await theirs.goto(link)
  const zone = theirs.getByRole('button', { name: /^Time zone/ })
  await expect(zone).toHaveAccessibleName(/Berlin ?, as in the link; back to your own/)
  await expect(theirs.getByText('Europe/Berlin').first()).toBeVisible()
  await zone.click()
  await expect(zone).toHaveAccessibleName(/UTC$/)
  expect(theirs.url()).not.toContain('tz=')
  // A live page that nobody reads any more would go on beside the tests that follow.
  await own.close()
  await other.close()
})

test('where the browser refuses to copy, the link stands selected to be copied by hand', async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(new Error('refused')) } })
  })
  await page.goto(`${instance.origin}/guilds/${SICK}?v=1&${range}`)
  await settledFingerprint(page)
  await page.keyboard.press('y')
  await expect(page.getByText(/copy it by hand/)).toBeVisible()
  const field = page.getByRole('textbox', { name: 'Link to this view' })
  await expect(field).toBeFocused()
  expect(await page.evaluate(() => window.getSelection()?.toString() ?? '')).toBe(await field.inputValue())
})

test('a state of any size: hundreds of ticked traces travel under a short link, and survive a reload', async ({
  browser,
}) => {
  const list: { items: { traceId: string }[] } = await instance.get(`/api/traces?guild=${SICK}&sort=newest&limit=400`)
  const ids = list.items.map(({ traceId }) => traceId)
  expect(ids.length).toBeGreaterThan(270)
  const mine = await browser.newPage()
  await mine.goto(`${instance.origin}/guilds/${SICK}?v=1&${range}&ticked=${ids.slice(100, 270).join('.')}`)
  await settledFingerprint(mine)
  // From here on the address is too short for it.
  const more = mine.getByRole('checkbox', { name: /^Tick the trace/, checked: false })
  for (let k = 0; k < 20; k++) await more.first().click()
  await expect.poll(() => mine.url()).toMatch(/\?cut=1$/)
  const link = await shared(mine)
  expect(link).toMatch(/\/s\/[\w-]{16}$/)
  const here = await settledFingerprint(mine)
  await mine.reload()
  await expect(async () => expect(differences(here, await settledFingerprint(mine))).toEqual([])).toPass()
  const other = await somebodyElse(browser, { width: 1280, height: 720 })
  const theirs = await other.newPage()
  await theirs.setViewportSize(mine.viewportSize() ?? { width: 1280, height: 720 })
  await theirs.goto(link)
  await expect(theirs).toHaveURL(/\/guilds\/.*cut=1/)
  await expect(async () => expect(differences(here, await settledFingerprint(theirs))).toEqual([])).toPass()
  // The bare address of the bar says what it is.
  await theirs.goto('about:blank')
  await theirs.goto(`${instance.origin}/guilds/${SICK}?cut=1`)
  await expect(theirs.getByText(/taken from the bar while the view was too long/)).toBeVisible()
  await mine.close()
  await other.close()
})

test('links of a newer version, with values that cannot be read, or to what is not there, say what is left', async ({
  page,
}) => {
  await page.goto(`${instance.origin}/guilds/${SICK}?v=99&${range}&measure=count&hue=7&sphere=2&sort=sideways`)
  await expect(
    page.getByText(/newer version of Guildscope; 2 settings were not understood \(hue, sphere\)/),
  ).toBeVisible()
  await expect(page.getByText(/values that cannot be read \(sort\)/)).toBeVisible()
  await expect(page.getByRole('radio', { name: 'Count' })).toBeChecked()
  await page.goto(`${instance.origin}/s/AAAAAAAAAAAAAAAA`)
  await expect(page.getByText('There is no such short link on this instance.')).toBeVisible()
  await page.goto(`${instance.origin}/guilds/${SICK}?v=1&from=2020-01-01T10:00Z&to=2020-01-01T11:00Z`)
  await expect(page.getByText(/have rotated away|No timings of this guild/).first()).toBeVisible()
})

test('freezing from the guild in two clicks, and pinning a trace to it, by keyboard', async ({ page }) => {
  await page.goto(`${instance.origin}/guilds/${SICK}?v=1&${range}`)
  await settledFingerprint(page)
  await page.keyboard.press('i')
  const dialog = page.getByRole('dialog', { name: 'Freeze as incident' })
  await expect(dialog.getByRole('textbox', { name: 'Title' })).toHaveValue(/^Pixel Arena: saturated .*wait up to/)
  await expect(dialog.getByText(/Copies [\d,]+ guild minutes and about [\d,]+ traces/)).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/incidents\/[\w-]{16}/, { timeout: 30_000 })
  const incident = new URL(page.url()).pathname.split('/')[2]

  // One that the freeze did not take along.
  const list: { items: { traceId: string; frozen?: boolean }[] } = await instance.get(
    `/api/incidents/${incident}/evidence/traces?guild=${SICK}&sort=newest&limit=1000`,
  )
  const other = list.items.find((trace) => trace.frozen !== true)?.traceId ?? ''
  await page.goto(`${instance.origin}/traces/${other}`)
  await expect(page.getByRole('treegrid', { name: 'Spans' })).toBeVisible()
  await page.keyboard.press('i')
  await page.getByRole('radio', { name: 'Pin to an incident there is' }).click()
  await page.getByRole('button', { name: 'Pin', exact: true }).click()
  await expect(page).toHaveURL(new RegExp(`/incidents/${incident}`), { timeout: 30_000 })
  const frozen: { incidents: { id: string }[] } = await instance.get(`/api/incidents?trace=${other}`)
  expect(frozen.incidents.map(({ id }) => id)).toEqual([incident])
})
