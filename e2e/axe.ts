/** What axe finds on a page, in words; nothing is what is wanted. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly target: unknown; readonly failureSummary?: string }[]
}

export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const violations = await page.evaluate(async (): Promise<Violation[]> => {
    const axe: { run(options: object): Promise<{ violations: Violation[] }> } = Reflect.get(window, 'axe')
    // Every rule runs; only what it says of nodes that are well, which nobody reads here, is left out.
    return (await axe.run({ resultTypes: ['violations'] })).violations
  })
  return violations.map(
    ({ id, help, nodes }) => `${id}: ${help} ${JSON.stringify(nodes.slice(0, 3).map((node) => node.target))}`,
  )
}
