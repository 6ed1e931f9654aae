import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fullAfter, hashesOf, temporaryFolder } from './incidents-fixture.ts'
import { LINK_BYTES_MAX, LinkFiles, ShortLinks, shortLinkSchema } from './short-links.ts'

test('the same state has the same address, and comes back after a restart', async () => {
  const { folder, dispose } = temporaryFolder()
  const links = new ShortLinks(new LinkFiles(folder))
  const link = { path: '/guilds/42', search: `?v=1&folds=${'1,'.repeat(5_000)}` }
  const [first, again] = [await links.store(link), await links.store(link)]
  expect(first).toEqual(again)
  const before = hashesOf(folder)
  const hash = first.ok ? first.value : ''
  expect(hash).toMatch(/^[A-Za-z0-9_-]{16}$/)
  expect(await new ShortLinks(new LinkFiles(folder)).read(hash)).toEqual({ ok: true, value: link })
  expect(hashesOf(folder)).toEqual(before)
  expect(readdirSync(folder)).toHaveLength(1)
  dispose()
})

test('unknown, damaged and hostile hashes are sentences', async () => {
  const { folder, dispose } = temporaryFolder()
  const links = new ShortLinks(new LinkFiles(folder))
  for (const hash of ['aaaaaaaaaaaaaaaa', '../../../etc/passwd', ''])
    expect(await links.read(hash)).toMatchObject({ ok: false, failure: { kind: 'not-found' } })
  writeFileSync(join(folder, 'aaaaaaaaaaaaaaaa.json'), '{"path":"//evil.example"}')
  expect(await links.read('aaaaaaaaaaaaaaaa')).toMatchObject({ ok: false, failure: { kind: 'unavailable' } })
  const full = await new ShortLinks(new LinkFiles(join(folder, 'full'), fullAfter(3))).store({ path: '/', search: '' })
  expect(full.ok || full.failure.what).toMatch(/^The short link was not made: the disk is full/)
  dispose()
})

test.each(['/', '/guilds/42', '/guilds/a%2Fb', '/traces/00ab', '/compare', '/incidents/abc/guilds/42'])(
  '%s is a view',
  (path) => {
    expect(shortLinkSchema.safeParse({ path, search: '?v=1' }).success).toBe(true)
  },
)

test.each([
  ['//evil.example', ''],
  ['/\\evil.example', ''],
  ['https://evil.example', ''],
  ['javascript:alert(1)', ''],
  ['/guilds/../api/fleet', ''],
  ['/guilds/./x', ''],
  ['/guilds//evil.example', ''],
  ['/guilds/\\evil', ''],
  ['/guilds/a?b', ''],
  ['/guilds/a\nb', ''],
  ['/api/fleet', ''],
  ['/g/link', ''],
  ['/s/abc', ''],
  ['/compared', ''],
  ['/guilds/42', 'v=1'],
  ['/guilds/42', '?v=1#x'],
  ['/guilds/42', '?v=\r\nset-cookie: a'],
  ['/guilds/42', `?${'x'.repeat(LINK_BYTES_MAX)}`],
])('%j %# is none', (path, search) => {
  expect(shortLinkSchema.safeParse({ path, search }).success).toBe(false)
})
