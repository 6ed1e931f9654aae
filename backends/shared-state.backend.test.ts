/** What people make, in the real engine: two copies of each store over it, as two copies of the application have them. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { applySchema } from '../lib/clickstore/schema.ts'
import { StateTables } from '../lib/clickstore/state.ts'
import { readConfig } from '../lib/config/config.ts'
import { sourceSettings } from '../lib/config/source-fields.ts'
import { SharedLinks } from '../lib/incidents/shared/shared-links.ts'
import { ShortLinks } from '../lib/incidents/short-links.ts'
import { createAccess } from '../lib/server/auth/control.ts'
import { DEFAULT_KEPT } from '../lib/sources/clickhouse/schema/tables.ts'
import { createBackendClient } from '../lib/sources/http/create-client.ts'
import { type ClickHouse, startClickHouse } from './clickhouse.ts'

const names = { database: 'default', traces: 'otel_traces', timings: 'guild_timings' }
const dataDir = mkdtempSync(path.join(tmpdir(), 'guildscope-shared-'))
let engine: ClickHouse
const copies: StateTables[] = []

function client(url = engine.url) {
  return createBackendClient('warehouse', sourceSettings.parse({ kind: 'clickhouse', url }), {})
}

beforeAll(async () => {
  engine = await startClickHouse()
  const applied = await applySchema(client(), names, DEFAULT_KEPT, new AbortController().signal)
  if (!applied.ok) throw new Error(applied.failure.what)
  copies.push(new StateTables(client(), names), new StateTables(client(), names))
}, 180_000)
afterAll(async () => {
  for (const copy of copies) await copy.close()
  await engine?.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

function value<T>(result: { ok: true; value: T } | { ok: false; failure: { what: string } }): T {
  if (!result.ok) throw new Error(result.failure.what)
  return result.value
}

test('a short link that one copy made opens at the other, whatever it says', async () => {
  const [here, there] = copies.map((copy) => new ShortLinks(new SharedLinks(copy)))
  const link = { path: '/guilds/42', search: `?v=1&q=Code: 60. DB::Exception: \\t'"ü&folds=${'1,'.repeat(20_000)}` }
  const hash = value(await here.store(link))
  expect(value(await there.read(hash))).toEqual(link)
  expect(value(await there.store(link))).toBe(hash)
  expect(await engine.query("SELECT count() FROM guildscope_records WHERE Kind = 'short-link'")).toBe('1\n')
  for (const unknown of ['aaaaaaaaaaaaaaaa', '../../etc/passwd', "' OR 1=1 --     "])
    expect(await there.read(unknown)).toMatchObject({ ok: false, failure: { kind: 'not-found' } })
})

test('one owner token for all copies; who signs in at one is signed in at the other, until either ends it', async () => {
  const config = readConfig(undefined, 'guildscope.config.json', { GUILDSCOPE_AUTH: 'token' })
  if (!config.ok) throw new Error(config.sentences.join('\n'))
  const start = (copy: number, renew = false) => createAccess(config.config, dataDir, renew, copies[copy])
  // Both for the first time, at the same moment.
  const started = (await Promise.all([start(0), start(1)])).map(value)
  const made = started.flatMap(({ madeToken }) => madeToken ?? [])
  expect(made).toHaveLength(1)
  const [here, there] = started.map(({ access }) => access)
  const asked = (setCookie = '') => new Headers({ host: '127.0.0.1:3000', cookie: setCookie.split(';')[0] })
  expect((await there.signIn('gs_wrong', 'Ann', asked())).ok).toBe(false)
  const { setCookie } = value(await there.signIn(made[0], 'Ann', asked()))
  const ann = { kind: 'owner', author: { name: 'Ann', known: true } }
  for (const access of [here, there]) expect(await access.identify(asked(setCookie))).toEqual(ann)
  expect(readdirSync(dataDir)).toEqual([])
  const rows = await engine.query("SELECT Key, Body FROM guildscope_records WHERE Kind IN ('session', 'owner-token')")
  for (const secret of [made[0], setCookie.split(/[=;]/)[1]]) expect(rows).not.toContain(secret)

  value(await here.signOut(asked(setCookie)))
  await expect.poll(async () => (await there.identify(asked(setCookie))).kind, { timeout: 2_000 }).toBe('nobody')

  const other = value(await here.signIn(made[0], 'Bo', asked())).setCookie
  const renewed = value(await start(1, true))
  expect(renewed.madeToken).toMatch(/^gs_/)
  await expect.poll(async () => (await here.identify(asked(other))).kind, { timeout: 2_000 }).toBe('nobody')
  expect((await here.signIn(made[0], 'Bo', asked())).ok).toBe(false)
  expect((await here.signIn(renewed.madeToken ?? '', 'Bo', asked())).ok).toBe(true)
})

test('without an engine: sentences that name it', async () => {
  const away = new StateTables(client('http://127.0.0.1:9'), names)
  const links = new ShortLinks(new SharedLinks(away))
  for (const result of [await links.store({ path: '/', search: '' }), await links.read('aaaaaaaaaaaaaaaa')])
    expect(result).toMatchObject({ ok: false, failure: { source: 'warehouse', what: /warehouse/ } })
  await away.close()
})
