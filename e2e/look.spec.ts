/** Every page, in both themes and both sizes: axe finds nothing, the console stays silent, and a picture is kept to look at. */
import path from 'node:path'
import { expect, test } from '@playwright/test'
import { violationsOf } from './axe'
import { documentOverflow, fanoutTraceId, SICK, settled, watchForTrouble, worstTrace } from './pages'

const PICTURES = path.resolve(import.meta.dirname, '../.cache/pictures')

const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } } as const

const PAGES: readonly (readonly [
  name: string,
  path: (request: import('@playwright/test').APIRequestContext) => Promise<string>,
])[] = [
  ['fleet', async () => '/'],
  ['sources', async () => '/sources'],
  ['guild', async () => `/guilds/${SICK}`],
  ['trace', async (request) => `/traces/${(await worstTrace(request)).traceId}`],
  ['fanout', async () => `/traces/${fanoutTraceId()}`],
  ['trace-not-there', async () => '/traces/deadbeefdeadbeefdeadbeefdeadbeef'],
  ['guild-not-there', async () => '/guilds/nobody'],
  ['not-found', async () => '/no-such-page'],
]

for (const [name, pathOf] of PAGES) {
  for (const scheme of ['dark', 'light'] as const) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      test(`${name}, ${scheme}, ${size}`, async ({ browser, request }) => {
        const context = await browser.newContext({ viewport, colorScheme: scheme, reducedMotion: 'reduce' })
        const page = await context.newPage()
        const missing = name.includes('not-')
        const trouble = watchForTrouble(page, missing ? /404|410/ : undefined)
        await page.goto(await pathOf(request))
        await settled(page)
        await page.screenshot({ path: path.join(PICTURES, `${name}-${scheme}-${size}.png`) })
        expect(await violationsOf(page)).toEqual([])
        expect(await documentOverflow(page), 'the document scrolls').toEqual([0, 0])
        expect(trouble).toEqual([])
        await context.close()
      })
    }
  }
}
