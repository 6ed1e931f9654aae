import { expect, test } from 'vitest'
import { visibleLines, visibleText } from './text-visible.ts'

test('what cannot be seen is made visible; what can stays', () => {
  expect(visibleText('a\u0000b\u202ec\u200b\n<script>')).toBe('a⟨U+0000⟩b⟨U+202E⟩c⟨U+200B⟩↵<script>')
  expect(visibleText('Grüße 👋 日本 مرحبا')).toBe('Grüße 👋 日本 مرحبا')
  expect(visibleLines('one\n\ttwo\u0007\u007f')).toBe('one\n\ttwo⟨U+0007⟩⟨U+007F⟩')
})
