import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

const jaeger = { kind: 'jaeger', url: 'http://127.0.0.1:16686' }
const prometheus = { kind: 'prometheus', url: 'http://127.0.0.1:9090' }

function sentences(file: object, env: Record<string, string> = {}): readonly string[] {
  const read = readConfig(JSON.stringify(file), 'g.json', env)
  return read.ok ? [] : read.sentences
}

test.each([
  [{ store: 'off' }, /"store" in g.json is "off" and no source is configured/],
  [{ defaults: { traces: 'tempo' }, sources: { jaeger } }, /names "tempo", which is not a configured source.*"jaeger"/],
  [{ defaults: { traces: 'prom' }, sources: { prom: prometheus } }, /names "prom", which gives no traces/],
  [{ defaults: { timings: 'embedded' }, store: 'off', sources: { jaeger } }, /not a configured source.*there are none/],
  [
    { sources: { jaeger: { ...jaeger, mapping: { gild: ['x'] } } } },
    /sources.jaeger.mapping.*"gild", which is not a field.*stageOfService/,
  ],
  [{ sources: { jaeger: { ...jaeger, url: 'https://j', tls: { cert: 'c.pem' } } } }, /certificate without its key/],
  [{ sources: { jaeger: { ...jaeger, url: 'https://j', tls: { key: 'k.pem' } } } }, /key without its certificate/],
  [{ sources: { jaeger: { ...jaeger, tls: { ca: 'ca.pem' } } } }, /nothing would be encrypted/],
  [{ sources: { jaeger: { ...jaeger, url: 'http://me:secret@j' } } }, /must not hold a password/],
  [{ sources: { jaeger: { ...jaeger, links: { UI: 'javascript:alert(1)' } } } }, /begins with http/],
  [{ links: { Logs: 'https://{guild}/x' } }, /must name its host itself/],
  [{ links: { Logs: 'https://logs/?q={guildId}' } }, /holds \{guildId\}, which is not one of/],
  [{ sources: { embedded: jaeger } }, /sources.embedded/],
])('%j', (file, sentence) => {
  expect(sentences(file).join('\n')).toMatch(sentence)
})

test('what is right says nothing', () => {
  expect(
    sentences({
      store: 'off',
      sources: { jaeger, prom: prometheus },
      defaults: { traces: 'jaeger', timings: 'prom' },
      links: { Logs: 'https://logs/explore?q={"trace"="{traceId}"}' },
    }),
  ).toEqual([])
})

test('secrets come from the environment, and a missing one is named without a value', () => {
  const file = {
    sources: {
      jaeger: { ...jaeger, auth: { bearer: { env: 'JAEGER_TOKEN' } }, headers: { 'X-Scope-OrgID': { env: 'ORG' } } },
    },
  }
  expect(sentences(file, { JAEGER_TOKEN: 'hush' })).toEqual([
    '"sources.jaeger.headers.X-Scope-OrgID" in g.json is read from the environment variable ORG, which is not set. Set it, or remove the field.',
  ])
  const read = readConfig(JSON.stringify(file), 'g.json', { JAEGER_TOKEN: 'hush\n', ORG: '7' })
  expect(read.ok && read.config.sources.jaeger).toMatchObject({
    auth: { bearer: 'hush' },
    headers: { 'X-Scope-OrgID': '7' },
  })
  expect(sentences(file, { JAEGER_TOKEN: 'hu\nsh', ORG: '7' }).join()).not.toContain('hu\n')
})

test('the mapping of the instance holds for a source, but for what the source names', () => {
  const read = readConfig(
    JSON.stringify({
      mapping: { guild: ['tenant'], action: ['op'], stageOfService: { gw: 'gateway' } },
      sources: { jaeger: { ...jaeger, mapping: { action: ['operation'] } } },
    }),
    'g.json',
    {},
  )
  expect(read.ok && read.config.sources.jaeger).toMatchObject({
    mapping: { guild: ['tenant'], action: ['operation'], stageOfService: { gw: 'gateway' } },
  })
})
