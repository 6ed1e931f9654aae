import { describe, expect, it } from 'vitest'
import { type KeyPress, matchesKeys } from './match-keys.ts'

const press = (key: string, code: string, held = ''): KeyPress => ({
  key,
  code,
  ctrlKey: held.includes('ctrl'),
  metaKey: held.includes('meta'),
  altKey: held.includes('alt'),
  shiftKey: held.includes('shift'),
})

describe('matchesKeys', () => {
  it.each([
    ['z', press('z', 'KeyZ'), true],
    ['z on a German keyboard', press('z', 'KeyY'), true],
    ['z on a Russian keyboard', press('я', 'KeyZ'), true],
    ['z with Ctrl is the browser’s', press('z', 'KeyZ', 'ctrl'), false],
    ['z with Shift', press('Z', 'KeyZ', 'shift'), false],
  ])('%s', (_name, event, expected) => expect(matchesKeys('z', event)).toBe(expected))

  it('takes Ctrl or ⌘ for Mod', () => {
    expect(matchesKeys('Mod+k', press('k', 'KeyK', 'ctrl'))).toBe(true)
    expect(matchesKeys('Mod+k', press('k', 'KeyK', 'meta'))).toBe(true)
    expect(matchesKeys('Mod+k', press('k', 'KeyK'))).toBe(false)
  })

  it('leaves Shift to the layout where a character needs it', () => {
    expect(matchesKeys('?', press('?', 'Slash', 'shift'))).toBe(true)
    expect(matchesKeys('?', press('?', 'Minus', 'shift'))).toBe(true)
    expect(matchesKeys('/', press('/', 'Digit7', 'shift'))).toBe(true)
    expect(matchesKeys('+', press('+', 'BracketRight'))).toBe(true)
  })

  it('goes by place for codes and by name for named keys', () => {
    expect(matchesKeys('KeyW', press('z', 'KeyW'))).toBe(true)
    expect(matchesKeys('KeyW', press('w', 'KeyZ'))).toBe(false)
    expect(matchesKeys('Shift+Enter', press('Enter', 'Enter', 'shift'))).toBe(true)
    expect(matchesKeys('Enter', press('Enter', 'Enter', 'shift'))).toBe(false)
    expect(matchesKeys('ArrowUp', press('ArrowUp', 'ArrowUp'))).toBe(true)
  })
})
