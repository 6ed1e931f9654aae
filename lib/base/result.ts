/** Expected failures are values a reader gets as a sentence; bugs throw. */

/** What went wrong, with which source, and what the reader can try. */
export interface Failure {
  readonly kind: FailureKind
  /** Name of the source that failed (`embedded`, `timings`, …), or `request` where the caller's input was at fault. */
  readonly source: string
  /** One sentence: what happened. */
  readonly what: string
  /** One sentence: what to try. */
  readonly tryThis: string
}

export type FailureKind =
  | 'bad-request'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'rotated'
  | 'too-large'
  | 'busy'
  | 'unavailable'
  | 'cancelled'

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure }

export function ok<T>(value: T): Result<T> {
  return { ok: true, value }
}

export function fail<T = never>(kind: FailureKind, source: string, what: string, tryThis: string): Result<T> {
  return { ok: false, failure: { kind, source, what, tryThis } }
}

/** `work` on what there is; a failure goes on as it is. */
export async function from<S, T>(given: Result<S>, work: (value: S) => Promise<Result<T>>): Promise<Result<T>> {
  return given.ok ? await work(given.value) : given
}

/** The HTTP status that carries a failure of this kind. */
export function statusOf(kind: FailureKind): number {
  switch (kind) {
    case 'bad-request':
      return 400
    case 'forbidden':
      return 403
    case 'conflict':
      return 409
    case 'not-found':
      return 404
    case 'rotated':
      return 410
    case 'too-large':
      return 413
    case 'busy':
      return 503
    case 'unavailable':
      return 502
    case 'cancelled':
      return 499
  }
}
