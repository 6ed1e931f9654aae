import { fail, ok, type Result } from '../../base/result.ts'
import { MINUTE_MS } from '../../model/timings.ts'

const MAX_MINUTES = 45_000

/** The Unix minutes of a range of Unix ms: [from, to). A range that is backwards, or longer than 45,000 minutes, is refused. */
export function minuteBounds(range: {
  readonly fromMs: number
  readonly toMs: number
}): Result<{ from: number; to: number }> {
  const from = Math.max(0, Math.floor(range.fromMs / MINUTE_MS))
  const to = Math.ceil(range.toMs / MINUTE_MS)
  if (Number.isFinite(from) && Number.isFinite(to) && to >= from && to - from <= MAX_MINUTES && to < 0xffff_ffff)
    return ok({ from, to })
  return fail(
    'bad-request',
    'request',
    `The range must end after it starts and span at most ${MAX_MINUTES} minutes.`,
    'Ask for a shorter range.',
  )
}

/** What is said of a fleet's window that is not 1 to 1,440 minutes. */
export function badWindow(): Result<never> {
  return fail('bad-request', 'request', 'The window must be 1 to 1,440 minutes.', 'Ask for another number of minutes.')
}
