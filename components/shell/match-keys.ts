/** The part of a keyboard event that decides. */
export interface KeyPress {
  readonly key: string
  readonly code: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
}

const PLACE = /^(Key[A-Z]|Digit\d|Bracket(Left|Right)|Numpad\w+|Minus|Equal|Slash|Space)$/

/**
 * Does a key press match `Mod+k`, `Shift+Enter`, `?`, `KeyW`? `Mod` is Ctrl or ⌘. Characters are compared as typed, so that `?` works on
 * every layout; letters fall back to their place where the layout types no Latin letters.
 */
export function matchesKeys(keys: string, press: KeyPress): boolean {
  const parts = keys === '+' ? ['+'] : keys.split('+')
  const key = parts.at(-1) ?? ''
  const wants = new Set(parts.slice(0, -1))
  if ((press.ctrlKey || press.metaKey) !== wants.has('Mod')) return false
  if (press.altKey !== wants.has('Alt')) return false
  const isCharacter = key.length === 1
  const isLetter = isCharacter && key.toLowerCase() !== key.toUpperCase()
  // Whether Shift is needed to type `?` or `/` is the layout's business.
  if ((!isCharacter || isLetter) && press.shiftKey !== wants.has('Shift')) return false
  if (PLACE.test(key)) return press.code === key
  if (!isLetter) return press.key === key
  const typed = press.key.toLowerCase()
  if (typed === key.toLowerCase()) return true
  return typed.length === 1 && typed > '\u007f' && press.code === `Key${key.toUpperCase()}`
}
