// @vitest-environment jsdom
import { afterEach, expect, test } from 'vitest'
import { typeAhead } from './type-ahead.ts'

function press(key: string, modifiers: KeyboardEventInit = {}): boolean {
  return window.dispatchEvent(new KeyboardEvent('keydown', { key, cancelable: true, ...modifiers }))
}

afterEach(() => {
  typeAhead.take()
})

test('keeps what is typed until it is taken', () => {
  typeAhead.start()
  for (const key of ['p', 'i', 'y', 'Backspace', 'X', ' ', '🙂']) press(key)
  expect(typeAhead.take()).toBe('piX 🙂')
  press('z')
  expect(typeAhead.take()).toBe('')
})

test('takes a key from everybody else; leaves keys that type nothing', () => {
  typeAhead.start()
  expect(press('z')).toBe(false)
  for (const key of ['Tab', 'ArrowDown', 'Enter', 'Shift']) expect(press(key)).toBe(true)
  expect(press('k', { ctrlKey: true })).toBe(true)
  expect(typeAhead.take()).toBe('z')
})

test('Escape ends it', () => {
  typeAhead.start()
  press('a')
  expect(press('Escape')).toBe(true)
  expect(press('b')).toBe(true)
  expect(typeAhead.take()).toBe('')
})

test('starting anew forgets what nobody took', () => {
  typeAhead.start()
  press('a')
  typeAhead.start()
  press('b')
  expect(typeAhead.take()).toBe('b')
})
