import { expect, test } from 'vitest'
import { chosenIn, withSources } from './chosen-sources.ts'

test('a choice is read by name and never as an address', () => {
  expect(chosenIn('?source=jaeger&timings=prom-2')).toEqual({ source: 'jaeger', timings: 'prom-2' })
  expect(chosenIn('?source=http://169.254.169.254/&timings=')).toEqual({ source: undefined, timings: undefined })
})

test('links to pages that ask sources carry it; what they say themselves stays', () => {
  const chosen = { source: 'jaeger', timings: undefined }
  expect(withSources('/', chosen)).toBe('/?source=jaeger')
  expect(withSources('/guilds/1?v=1&from=2#x', chosen)).toBe('/guilds/1?v=1&from=2&source=jaeger#x')
  expect(withSources('/traces/a?source=zipkin', chosen)).toBe('/traces/a?source=zipkin')
  for (const other of ['/sources', '/incidents', '/incidents/x/guilds/1', 'https://elsewhere/guilds/1'])
    expect(withSources(other, chosen)).toBe(other)
  expect(withSources('/guilds/1', {})).toBe('/guilds/1')
})
