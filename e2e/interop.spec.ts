/** The links into Guildscope that docs/interop.md gives to Grafana and Jaeger's UI, their variables filled in as those fill them, in Chromium. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@playwright/test'
import { SICK, SICK_NAME, watchForTrouble, worstTrace } from './pages'

const DOCUMENT = readFileSync(path.join(import.meta.dirname, '../docs/interop.md'), 'utf8')
const TEMPLATES = [...DOCUMENT.matchAll(/https:\/\/guildscope\.example\.org(\/[^\s"`]*)/g)].map((found) => found[1])
const WINDOW_MS = 20 * 60_000

test('the document gives links for a trace and a guild, from either system', () => {
  expect(TEMPLATES.map((template) => template.replace(/[$#]\{[^}]+\}/g, '…'))).toEqual([
    '/guilds/…?v=1&from=…&to=…',
    '/traces/…',
    '/traces/…',
    '/guilds/…',
  ])
})

for (const template of TEMPLATES)
  test(`a link into Guildscope: ${template}`, async ({ page, request }) => {
    const trouble = watchForTrouble(page)
    const { traceId } = await worstTrace(request)
    const toMs = Math.floor(Date.now() / 60_000) * 60_000
    const values: Readonly<Record<string, string>> = {
      '__field.labels.guild_id': SICK,
      __from: String(toMs - WINDOW_MS),
      __to: String(toMs),
      '__value.raw': traceId,
      traceID: traceId,
      'guild.id': SICK,
    }
    // Both encode what they fill in.
    const filled = template.replace(/[$#]\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(values[name]))
    await page.goto(filled)
    const heading = page.getByRole('heading', { level: 1 })
    if (template.startsWith('/guilds/')) {
      await expect(heading).toContainText(SICK_NAME)
      const grid = page.getByRole('grid', { name: /Heat map/ })
      await expect(grid).toHaveAttribute('aria-rowcount', /^[1-9]/)
      if (template.includes('__from')) await expect(grid).toHaveAttribute('aria-colcount', String(WINDOW_MS / 60_000))
    } else {
      await expect(heading).toBeVisible()
      await expect(page.getByRole('treegrid', { name: 'Spans' }).getByRole('row').first()).toBeVisible()
      await expect(page).toHaveURL(new RegExp(`/traces/${traceId}`))
    }
    expect(trouble).toEqual([])
  })
