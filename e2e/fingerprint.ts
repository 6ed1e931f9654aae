/** What a reader sees of a view, as text that two pages can be compared by. Runs in the page. */
import type { Page } from '@playwright/test'

/** Everything that can be operated; new kinds of controls belong here. */
export const OPERABLE =
  'button, input, select, summary, [role="slider"], [role="separator"][tabindex], [role="gridcell"][tabindex], [role="treeitem"][tabindex]'

/** One line a control, scroll position, picture and stretch of text. */
export async function fingerprint(page: Page): Promise<readonly string[]> {
  return await page.evaluate((operable) => {
    const main = document.querySelector('main')
    if (main === null) return ['no page']
    const lines: string[] = []
    const shown = (element: Element) => element.getClientRects().length > 0
    const nameOf = (element: Element) =>
      element.getAttribute('aria-label') ?? element.closest('label')?.textContent ?? element.textContent ?? ''
    for (const element of main.querySelectorAll(`${operable}, th[aria-sort], [role="row"][aria-selected="true"]`)) {
      if (!shown(element)) continue
      const states = [
        'aria-pressed',
        'aria-checked',
        'aria-selected',
        'aria-valuenow',
        'aria-valuetext',
        'aria-sort',
        'aria-expanded',
      ]
        .map((name) => [name, element.getAttribute(name)] as const)
        .filter(([, value]) => value !== null)
        .map(([name, value]) => `${name}=${value}`)
      if (element instanceof HTMLInputElement) states.push(`value=${element.value}`, `checked=${element.checked}`)
      if (element instanceof HTMLSelectElement) states.push(`value=${element.value}`)
      if (element instanceof HTMLButtonElement && element.disabled) states.push('disabled')
      if (element instanceof HTMLElement && element.parentElement instanceof HTMLDetailsElement) {
        states.push(`open=${element.parentElement.open}`)
      }
      lines.push(
        `control ${element.getAttribute('role') ?? element.localName} "${nameOf(element).replace(/\s+/g, ' ').trim()}" ${states.join(' ')}`,
      )
    }
    const place = (element: Element) =>
      `${element.localName} ${element.getAttribute('aria-label') ?? element.id ?? ''} ${[...(element.parentElement?.children ?? [])].indexOf(element)}`
    for (const element of [main, ...main.querySelectorAll('*')]) {
      if (element.scrollTop > 1 || element.scrollLeft > 1) {
        lines.push(`scrolled ${place(element)} ${Math.round(element.scrollLeft)} ${Math.round(element.scrollTop)}`)
      }
    }
    for (const canvas of main.querySelectorAll('canvas')) {
      if (!shown(canvas) || canvas.width * canvas.height === 0) continue
      const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] }
      let hash = 0
      for (let i = 0; i < data.length; i++) hash = (Math.imul(hash, 31) + data[i]) | 0
      lines.push(`picture ${canvas.width}×${canvas.height} ${hash}`)
    }
    // How long ago something was goes on by itself.
    const text = (main.innerText ?? '').split('\n').map((line) =>
      line
        .replace(/\s+/g, ' ')
        .replace(/\d+ [smhd] ago/g, '# ago')
        .trim(),
    )
    lines.push(...text.filter((line) => line !== '').map((line) => `text ${line}`))
    return lines
  }, OPERABLE)
}

/** The fingerprint once nothing loads and nothing moves any more. */
export async function settledFingerprint(page: Page): Promise<readonly string[]> {
  await page.mouse.move(1, 1)
  await page.evaluate(() => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
  })
  await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null)
  let before: readonly string[] = []
  for (let attempt = 0; attempt < 25; attempt++) {
    await page.waitForTimeout(120)
    const now = await fingerprint(page)
    if (now.length === before.length && now.every((line, k) => line === before[k])) return now
    before = now
  }
  return before
}

/** Lines that only one of the two has. */
export function differences(a: readonly string[], b: readonly string[]): readonly string[] {
  const [inA, inB] = [new Set(a), new Set(b)]
  return [
    ...a.filter((line) => !inB.has(line)).map((line) => `- ${line}`),
    ...b.filter((line) => !inA.has(line)).map((line) => `+ ${line}`),
  ]
}
