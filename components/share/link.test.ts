import { expect, test } from 'vitest'
import { addressOf, markdownLink, viewLink } from './link.ts'

test('a link states the zone, and what other parts of the page keep in the address', () => {
  expect(viewLink('/guilds/1', '?v=1&measure=cost&note=7', 'UTC')).toEqual({
    path: '/guilds/1',
    search: '?v=1&measure=cost&note=7&tz=UTC',
  })
  const local = viewLink('/', '', 'local').search
  expect(new URLSearchParams(local).get('tz')).toBe(Intl.DateTimeFormat().resolvedOptions().timeZone)
})

test('a live view is made absolute', () => {
  expect(viewLink('/', '?tz=local', 'UTC', (search) => `${search}&at=2026-11-22T10:00Z`).search).toBe(
    '?tz=UTC&at=2026-11-22T10%3A00Z',
  )
})

test('a view that fits is its own address', async () => {
  const view = { path: '/guilds/1', search: '?v=1&tz=UTC' }
  expect(await addressOf(view, 'http://here')).toEqual({ href: 'http://here/guilds/1?v=1&tz=UTC', stored: false })
})

test('Markdown: nothing in a name ends the link', () => {
  expect(markdownLink('a](http://evil) *b*\nc', 'http://here/x(1)')).toBe(
    '[a\\](http://evil) \\*b\\* c](http://here/x%281%29)',
  )
})
