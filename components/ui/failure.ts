import type { Failure } from '@/lib/base/result.ts'
import { ApiFailure } from '@/lib/client/api.ts'

/** The sentence to show for whatever a query threw. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ApiFailure) return error.failure
  return {
    kind: 'unavailable',
    source: 'this page',
    what: `Something went wrong in this page: ${error instanceof Error ? error.message : String(error)}`,
    tryThis: 'Reload the page; if it stays, report it with the address above.',
  }
}
