/** How far a long reading has come: `34 of 200 traces read`. */
export interface ReadProgress {
  readonly done: number
  readonly of: number
  /** What is counted, after the numbers: "traces read". */
  readonly what: string
}

export type OnProgress = (progress: ReadProgress) => void
