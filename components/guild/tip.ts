const GAP_PX = 14

/** Shows `lines` beside the pointer, within the window; nothing for none. Written straight to the element: no render a move. */
export function placeTip(
  element: HTMLElement | null,
  lines: readonly string[],
  at: { readonly clientX: number; readonly clientY: number },
): void {
  if (element === null) return
  element.hidden = lines.length === 0
  if (lines.length === 0) return
  const text = lines.join('\n')
  if (element.textContent !== text) element.textContent = text
  const { offsetWidth: width, offsetHeight: height } = element
  const right = at.clientX + GAP_PX + width > window.innerWidth
  const below = at.clientY + GAP_PX + height > window.innerHeight
  element.style.left = `${Math.max(4, right ? at.clientX - GAP_PX - width : at.clientX + GAP_PX)}px`
  element.style.top = `${Math.max(4, below ? at.clientY - GAP_PX - height : at.clientY + GAP_PX)}px`
}
