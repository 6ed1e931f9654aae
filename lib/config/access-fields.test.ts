import { expect, test } from 'vitest'
import { effectiveMode } from './access-fields.ts'
import { readConfig } from './config.ts'

const FILE = 'guildscope.config.json'

function sentences(env: Record<string, string>): readonly string[] {
  const result = readConfig(undefined, FILE, env)
  return result.ok ? [] : result.sentences
}

function modeOf(env: Record<string, string>) {
  const result = readConfig(undefined, FILE, env)
  return result.ok ? effectiveMode(result.config) : result.sentences
}

test('auto asks nobody on loopback only, and never behind a public address', () => {
  expect(modeOf({})).toBe('off')
  expect(modeOf({ HOST: '::1' })).toBe('off')
  expect(modeOf({ HOST: '0.0.0.0' })).toBe('token')
  expect(modeOf({ HOST: '10.1.2.3' })).toBe('token')
  expect(modeOf({ GUILDSCOPE_PUBLIC_URL: 'https://guildscope.example.org' })).toBe('token')
  expect(modeOf({ GUILDSCOPE_PUBLIC_URL: 'http://localhost:3000' })).toBe('off')
  expect(modeOf({ HOST: '0.0.0.0', GUILDSCOPE_AUTH: 'off' })).toBe('off')
})

test('a trusted header without trusted peers does not start', () => {
  expect(sentences({ GUILDSCOPE_AUTH: 'proxy' }).join('\n')).toMatch(
    /GUILDSCOPE_AUTH_PROXY_HEADER[\s\S]*GUILDSCOPE_TRUSTED_PROXIES/,
  )
  expect(sentences({ GUILDSCOPE_AUTH: 'proxy', GUILDSCOPE_AUTH_PROXY_HEADER: 'X-User' })).toHaveLength(1)
  const proxy = { GUILDSCOPE_AUTH: 'proxy', GUILDSCOPE_AUTH_PROXY_HEADER: 'X-User' }
  expect(sentences({ ...proxy, GUILDSCOPE_TRUSTED_PROXIES: '10.0.0.0/8, ::1' })).toEqual([])
  for (const bad of ['10.0.0.0/33', 'proxy.example.org', '10.0.0.0/8/8', '::1/129', '10.0.0.1/'])
    expect(sentences({ ...proxy, GUILDSCOPE_TRUSTED_PROXIES: bad })[0]).toMatch(/^GUILDSCOPE_TRUSTED_PROXIES must list/)
})

test('bad values are sentences', () => {
  expect(sentences({ GUILDSCOPE_AUTH: 'yes' })[0]).toMatch(/^GUILDSCOPE_AUTH must be one of auto, token, proxy, off/)
  expect(sentences({ GUILDSCOPE_GUEST_LINKS: 'maybe' })[0]).toMatch(/^GUILDSCOPE_GUEST_LINKS must be on or off/)
  for (const bad of ['guildscope.example.org', 'https://a.example/path', 'ftp://a.example', 'https://u:p@a.example'])
    expect(sentences({ GUILDSCOPE_PUBLIC_URL: bad })[0]).toMatch(/^GUILDSCOPE_PUBLIC_URL must be the address/)
  for (const bad of ['wiki.example.org', 'https://a.example/x', '*', "https://a.example; script-src 'unsafe-inline'"])
    expect(sentences({ GUILDSCOPE_EMBED_HOSTS: bad })[0]).toMatch(/^GUILDSCOPE_EMBED_HOSTS must list origins/)
})

test('lists come from one text or from the file', () => {
  const env = readConfig(undefined, FILE, { GUILDSCOPE_EMBED_HOSTS: 'https://a.example, http://b.example:8080' })
  expect(env.ok && env.config.embedHosts).toEqual(['https://a.example', 'http://b.example:8080'])
  const file = readConfig('{"embedHosts":["https://A.example/"],"guestLinks":false}', FILE, {})
  expect(file.ok && [file.config.embedHosts, file.config.guestLinks]).toEqual([['https://a.example'], false])
})
