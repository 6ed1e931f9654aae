'use client'
import { useEffect, useLayoutEffect, useRef, useSyncExternalStore } from 'react'
import { matchesKeys } from './match-keys.ts'

export interface Shortcut {
  /**
   * `z`, `?`, `Mod+k`, `Shift+Enter`, `[`: by what the key types. `KeyW`, `ArrowUp`, `Escape`, `BracketLeft`: by its name or place on
   * the keyboard. Several: any of them; the help shows the first two.
   */
  readonly keys: string | readonly string[]
  /** For the help: "Step to the previous minute". */
  readonly label: string
  /** Return false to let the key pass on (to the page, to an earlier scope). */
  // biome-ignore lint/suspicious/noConfusingVoidType: most handlers return nothing
  readonly run: (event: KeyboardEvent) => void | false
  /** Also inside inputs and dialogs (only sensible with `Mod`). */
  readonly everywhere?: boolean
}

interface Scope {
  readonly name: string
  current: readonly Shortcut[]
}

const scopes: Scope[] = []
let snapshot: readonly ShortcutList[] = []
const listeners = new Set<() => void>()

export interface ShortcutList {
  readonly scope: string
  readonly shortcuts: readonly { readonly keys: readonly string[]; readonly label: string }[]
}

const keyList = (keys: string | readonly string[]): readonly string[] => (typeof keys === 'string' ? [keys] : keys)

function changed(): void {
  snapshot = scopes.map((scope) => ({
    scope: scope.name,
    shortcuts: scope.current.map(({ keys, label }) => ({ keys: keyList(keys), label })),
  }))
  for (const listener of listeners) listener()
}

/** A ticked box takes no text: whoever ticked one goes on with the page's keys. */
const TYPED_INTO = 'input:not([type="checkbox"]), textarea, select, [contenteditable="true"]'

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TYPED_INTO) !== null
}

function inDialog(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[role="dialog"], [role="alertdialog"]') !== null
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return
  const away = isTyping(event.target) || inDialog(event.target)
  // The newest scope first: a page's keys beat the frame's.
  for (let i = scopes.length - 1; i >= 0; i--) {
    for (const shortcut of scopes[i].current) {
      if (away && shortcut.everywhere !== true) continue
      if (!keyList(shortcut.keys).some((keys) => matchesKeys(keys, event))) continue
      if (shortcut.run(event) === false) continue
      event.preventDefault()
      return
    }
  }
}

/**
 * Keys of a page or panel while it is mounted; ignored in inputs and dialogs, listed by `?` under `scope`.
 * The list may be a new array on every render: the newest one runs.
 */
export function useShortcuts(scope: string, shortcuts: readonly Shortcut[]): void {
  const entry = useRef<Scope | undefined>(undefined)
  // Before the paint: what can be seen can be operated, also on a machine that is busy.
  useLayoutEffect(() => {
    const mine: Scope = { name: scope, current: [] }
    entry.current = mine
    scopes.push(mine)
    if (scopes.length === 1) window.addEventListener('keydown', onKeyDown)
    return () => {
      scopes.splice(scopes.indexOf(mine), 1)
      if (scopes.length === 0) window.removeEventListener('keydown', onKeyDown)
      changed()
    }
  }, [scope])
  // Labels and keys rarely change; only then is the help told.
  const listed = shortcuts.map(({ keys, label }) => `${keyList(keys).join(' ')}\t${label}`).join('\n')
  useLayoutEffect(() => {
    if (entry.current !== undefined) entry.current.current = shortcuts
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: `listed` stands for the list's visible part
  useEffect(changed, [listed, scope])
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}
const nothing: readonly ShortcutList[] = []

/** Everything that `?` lists, in order of appearance. */
export function useShortcutLists(): readonly ShortcutList[] {
  return useSyncExternalStore(
    subscribe,
    () => snapshot,
    () => nothing,
  )
}
