/**
 * Two other incidents, each on a real server of its own that a simulator feeds over the network: a guild that died, and a small
 * guild whose outage would have rotated away. What the product says is compared with what the simulator knows to be true.
 */
import path from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { formatWhen } from '../lib/base/format'
import type { Retention } from '../lib/model/timings'
import { MINUTE_MS, MINUTE_STATE } from '../lib/model/timings'
import { CACHE, OwnInstance } from './own-instance'
import { settled, watchForTrouble } from './pages'

const DAY_MS = 24 * 60 * MINUTE_MS

function floorMinute(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS
}

function firstGuild(page: Page) {
  return page.getByRole('table', { name: 'Guilds' }).getByRole('row').nth(1)
}

test('a guild that died ranks first, and its silence is a finding rather than a healthy zero', async ({ page }) => {
  test.setTimeout(150_000)
  const trouble = watchForTrouble(page)
  const instance = new OwnInstance('guild-down', { web: 3340, http: 4548, grpc: 4547 })
  try {
    await instance.serve({})
    const truth = (await instance.tell(true, '--demo')).incidents[0]
    const diedMs = floorMinute(truth.diedMs ?? Number.NaN)
    const top = async () => (await instance.fleet()).guilds[0]
    await expect.poll(async () => (await top()).guildId, { timeout: 20_000 }).toBe(truth.guildId)
    const { silentSinceMs = Number.NaN } = await top()
    // The process may have reported in the minute in which it died.
    expect([diedMs, diedMs + MINUTE_MS]).toContain(silentSinceMs)
    const since = `silent since ${formatWhen(silentSinceMs, Date.now(), 'UTC')}`

    const nowMs = Date.now()
    const minutes = await instance.minutes(truth.guildId, floorMinute(nowMs) - 40 * MINUTE_MS, nowMs)
    const firstSilent = (silentSinceMs - minutes.fromMs) / MINUTE_MS
    expect(new Set(minutes.state.slice(0, firstSilent))).toEqual(new Set([MINUTE_STATE.data]))
    expect(new Set(minutes.state.slice(firstSilent))).toEqual(new Set([MINUTE_STATE.silent]))
    expect(minutes.state.length - firstSilent).toBeGreaterThanOrEqual(9)

    await page.goto(instance.origin)
    await expect(firstGuild(page)).toContainText(truth.guildName)
    await expect(firstGuild(page)).toContainText(since)
    await firstGuild(page).getByRole('link', { name: truth.guildName }).click()
    await expect(page.getByRole('button', { name: since })).toBeVisible()
    await settled(page)
    await expect(page.getByRole('grid', { name: /Heat map/ }).getByRole('gridcell')).toHaveAccessibleName(
      /silent, nothing was reported/,
    )
    await page.screenshot({ path: path.join(CACHE, 'pictures', 'guild-down.png') })
    expect(trouble).toEqual([])
  } finally {
    await instance.close()
  }
})

test('the outage of a small guild outlives its rotation, with a trace of it, and a restart', async ({ page }) => {
  test.setTimeout(150_000)
  const trouble = watchForTrouble(page)
  const instance = new OwnInstance('small-guild', { web: 3341, http: 4550, grpc: 4549 })
  try {
    // Told while 100 minutes are kept, so that it stands in slices of its own time; then those slices rotate for real.
    await instance.serve({ GUILDSCOPE_RETENTION_MINUTES: '100', GUILDSCOPE_RETENTION_LARGEST: '0' })
    const told = await instance.tell(false, '--history-minutes', '95')
    const truth = told.incidents[0]
    const { guildId, onsetMs = Number.NaN } = truth
    const retention = () => instance.get<Retention>(`/api/guilds/${guildId}/retention`)
    await expect.poll(async () => (await retention()).heldUntilMs, { timeout: 20_000 }).toBeDefined()
    const fromMs = onsetMs - 30 * MINUTE_MS
    const toMs = onsetMs + 10 * MINUTE_MS
    const before = await instance.minutes(guildId, fromMs, toMs)
    const [outage] = await instance.traces(guildId, onsetMs, toMs)
    const fleet = await instance.fleet()
    const well =
      fleet.guilds.findLast((guild) => guild.guildId !== guildId && !guild.held && guild.busyNow > 0)?.guildId ?? ''
    const [ordinary] = await instance.traces(well, fromMs, toMs)
    expect(await instance.traceStatus(ordinary.traceId)).toBe(200)
    const lastTraces = new Map(fleet.guilds.map((guild) => [guild.guildId, guild.lastTraceMs]))

    await instance.serve({ GUILDSCOPE_RETENTION_MINUTES: '20', GUILDSCOPE_RETENTION_LARGEST: '0' })
    await expect.poll(() => instance.traceStatus(ordinary.traceId), { timeout: 20_000 }).toBe(404)

    // Held: the same minutes, to the cell, and a trace among them.
    const held = await instance.minutes(guildId, fromMs, toMs)
    expect(new Set(held.state)).toEqual(new Set([MINUTE_STATE.data]))
    expect(new Set(held.held)).toEqual(new Set([1]))
    expect(held.cells).toEqual(before.cells)
    expect(await instance.traceStatus(outage.traceId)).toBe(200)
    const saturatedMs = truth.minutes.filter((minute) => minute.busyUs >= 59_000_000).map((minute) => minute.minuteMs)
    const heldUntilMs = Math.max(...saturatedMs) + MINUTE_MS + DAY_MS
    expect(Math.abs((held.heldUntilMs ?? Number.NaN) - heldUntilMs)).toBeLessThanOrEqual(MINUTE_MS)
    expect(await retention()).toMatchObject({ heldUntilMs: held.heldUntilMs, rule: '20 min' })
    // Healthy: gone.
    const rotated = await instance.minutes(well, fromMs, toMs)
    expect(new Set(rotated.state)).toEqual(new Set([MINUTE_STATE.rotated]))
    expect(new Set(rotated.held)).toEqual(new Set([0]))
    expect(rotated.heldUntilMs).toBeUndefined()

    // What was known before the restart is known after it.
    const after = await instance.fleet()
    for (const guild of after.guilds) expect(guild.lastTraceMs).toBe(lastTraces.get(guild.guildId))
    const { store } = await instance.get<{
      readonly store: { readonly spansStored: number; readonly oldestSpanMs: number; readonly newestSpanMs: number }
    }>('/api/sources')
    expect(store.spansStored).toBeGreaterThan(0)
    expect(store.oldestSpanMs).toBeGreaterThanOrEqual(fromMs)
    expect(store.newestSpanMs).toBeLessThanOrEqual(told.endMs)

    await page.goto(`${instance.origin}/guilds/${guildId}?span=90`)
    await expect(page.getByText(/kept 20 min; held until/)).toBeVisible()
    await settled(page)
    await page.screenshot({ path: path.join(CACHE, 'pictures', 'small-guild.png') })
    expect(trouble).toEqual([])
  } finally {
    await instance.close()
  }
})
