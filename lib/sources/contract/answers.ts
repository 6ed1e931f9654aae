import type { Result } from '../../base/result.ts'
import { FLAG, type Trace } from '../../model/span-columns.ts'

/** What the contract suites do with answers. */

export const NEVER = new AbortController().signal

export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.kind}: ${result.failure.what}`)
  return result.value
}

export function kindOf<T>(result: Result<T>): string {
  return result.ok ? 'ok' : result.failure.kind
}

/** Per span its name and flags, indented by depth, in the trace's order. */
export function sketch({ spans }: Trace): string[] {
  const words = (flags: number) =>
    Object.entries(FLAG)
      .filter(([, bit]) => (flags & bit) !== 0)
      .map(([word]) => ` ${word}`)
      .join('')
  return Array.from(
    { length: spans.count },
    (_, i) => `${'  '.repeat(spans.depth[i])}${spans.names[spans.nameId[i]]}${words(spans.flags[i])}`,
  )
}
