/** The reading contract of the timings API: one guild's samples as another Guildscope, or anybody, reads them. */
import type { TimingSample } from './timings.ts'

export interface SamplesAnswer {
  readonly guildId: string
  readonly guildName?: string
  readonly retainedFromMs?: number
  readonly heldUntilMs?: number
  readonly partialMinuteMs?: number
  readonly samples: readonly TimingSample[]
  readonly notes: readonly string[]
}

const OPTIONAL = ['busyUs', 'count', 'waitUsTotal', 'waitUsMax', 'arrived', 'mailboxDepthMax', 'sessions'] as const

function iso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString()
}

/** Times as RFC 3339 text; `measures` names the fields at least one sample states. Absent fields are left out. */
export function readingAnswer(answer: SamplesAnswer): object {
  return {
    guildId: answer.guildId,
    guildName: answer.guildName,
    retainedFrom: iso(answer.retainedFromMs),
    heldUntil: iso(answer.heldUntilMs),
    partialMinute: iso(answer.partialMinuteMs),
    measures: OPTIONAL.filter((measure) => answer.samples.some((sample) => sample[measure] !== undefined)),
    samples: answer.samples.map(({ minuteMs, ...sample }) => ({ ...sample, minute: iso(minuteMs) })),
    notes: answer.notes.length === 0 ? undefined : answer.notes,
  }
}
