/** Sources that do not exist or cannot be read: every question is answered with the sentence that says so. */
import type { Failure, Result } from '../base/result.ts'
import type { TimingsSource } from './timings-source.ts'
import type { SourceHealth, SourceKind, TraceSource } from './trace-source.ts'

interface Absent {
  readonly name: string
  readonly kind: SourceKind
}
const NONE: Absent = { name: 'none', kind: 'embedded' }

function absent(failure: Failure, { name, kind }: Absent) {
  const no = async <T>(): Promise<Result<T>> => ({ ok: false, failure })
  const health = async (): Promise<SourceHealth> => ({ name, kind, ok: false, failure, facts: [] })
  return { no, health }
}

export function absentTraces(failure: Failure, of = NONE): TraceSource {
  const { no, health } = absent(failure, of)
  return {
    name: of.name,
    capabilities: {
      searchByGuild: false,
      searchByAction: false,
      links: false,
      nanoseconds: false,
      exactCounts: false,
      flame: false,
      maxSpansPerTrace: 0,
      limits: [failure.what],
    },
    searchTraces: no,
    trace: no,
    traceWire: no,
    spanIds: no,
    spanDetails: no,
    spansOf: async function* () {
      yield { ok: false, failure }
    },
    flame: no,
    health,
  }
}

export function absentTimings(failure: Failure, of = NONE): TimingsSource {
  const { no, health } = absent(failure, of)
  return { name: of.name, fleet: no, minutes: no, minutesJson: no, samples: no, retention: no, health }
}
