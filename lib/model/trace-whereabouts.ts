/** In which of the sources a trace was found. */
export type TraceFinding =
  | { readonly name: string; readonly state: 'found'; readonly spans: number }
  | { readonly name: string; readonly state: 'absent' }
  | { readonly name: string; readonly state: 'asking' }
  | { readonly name: string; readonly state: 'failed'; readonly what: string }

export interface TraceWhereabouts {
  readonly sources: readonly TraceFinding[]
  /** The source that has most of its spans, as far as is known. */
  readonly best?: string
}
