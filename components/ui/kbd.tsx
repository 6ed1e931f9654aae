'use client'
import { useSyncExternalStore } from 'react'
import { cx } from './cx.ts'

const never = () => () => {}
const isMac = (): boolean => /Mac|iPhone|iPad/.test(navigator.userAgent)

const WORDS: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
  BracketLeft: '[',
  BracketRight: ']',
  Space: 'Space',
}

function keyWord(key: string, mac: boolean): string {
  if (key === 'Mod') return mac ? '⌘' : 'Ctrl'
  if (key === 'Alt' && mac) return '⌥'
  if (key.startsWith('Key')) return key.slice(3)
  if (key.startsWith('Digit')) return key.slice(5)
  return WORDS[key] ?? (key.length === 1 ? key.toUpperCase() : key)
}

/** `Mod+K` as the reader's keyboard names it: ⌘ K or Ctrl K. */
export function Kbd({ keys, className }: { readonly keys: string; readonly className?: string }) {
  const mac = useSyncExternalStore(never, isMac, () => false)
  const parts = keys === '+' ? ['+'] : keys.split('+')
  return (
    <kbd className={cx('inline-flex items-center gap-0.5 font-mono text-axis text-text-2', className)}>
      {parts.map((part) => (
        <span key={part} className="min-w-4 rounded-[3px] border border-line-strong px-1 text-center">
          {keyWord(part, mac)}
        </span>
      ))}
    </kbd>
  )
}
