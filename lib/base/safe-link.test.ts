import { describe, expect, it } from 'vitest'
import { safeLink } from './safe-link.ts'

describe('links in notes', () => {
  it('lets through what leads to a page', () => {
    expect(safeLink('https://status.example.org/a?b=1')).toBe('https://status.example.org/a?b=1')
    expect(safeLink('/guilds/42?v=1')).toBe('/guilds/42?v=1')
    expect(safeLink('mailto:oncall@example.org')).toBe('mailto:oncall@example.org')
  })

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    '\u0001javascript:alert(1)',
    'java\u200bscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'blob:https://x/1',
    'file:///etc/passwd',
    '//evil.example',
    '/\\evil.example',
    'relative',
    '',
  ])('refuses %j', (address) => {
    expect(safeLink(address)).toBeUndefined()
  })
})
