/**
 * What is typed between asking for a field and its having the focus: nobody waits for a field to appear. Keys are taken before
 * anything else sees them, so that a page's one-key shortcuts do not run instead.
 */
let typed = ''
let listening = false

function onKeyDown(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
  if (event.key === 'Backspace') typed = [...typed].slice(0, -1).join('')
  // One character: a key that types. Tab, arrows and the like go where they always go.
  else if ([...event.key].length === 1) typed += event.key
  else {
    // The way out where the field never comes.
    if (event.key === 'Escape') typeAhead.take()
    return
  }
  event.preventDefault()
  event.stopPropagation()
}

export const typeAhead = {
  /** Begins to keep what is typed. */
  start(): void {
    typed = ''
    if (listening) return
    listening = true
    window.addEventListener('keydown', onKeyDown, true)
  },
  /** Ends it, and gives what was typed meanwhile. */
  take(): string {
    if (listening) window.removeEventListener('keydown', onKeyDown, true)
    listening = false
    const taken = typed
    typed = ''
    return taken
  },
} as const
