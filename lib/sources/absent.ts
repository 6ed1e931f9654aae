/** Sources that do not exist: every question is answered with the sentence that says so. */
import type { Failure, Result } from '../base/result.ts'
import type { TimingsSource } from './timings-source.ts'
import type { SourceHealth, TraceSource } from './trace-source.ts'

const NAME = 'none'

function absent(failure: Failure) {
  const no = async <T>(): Promise<Result<T>> => ({ ok: false, failure })
  const health = async (): Promise<SourceHealth> => ({ name: NAME, kind: 'embedded', ok: false, failure, facts: [] })
  return { no, health }
}

export function absentTraces(failure: Failure): TraceSource {
  const { no, health } = absent(failure)
  return {
    name: NAME,
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

export function absentTimings(failure: Failure): TimingsSource {
  const { no, health } = absent(failure)
  return { name: NAME, fleet: no, minutes: no, minutesJson: no, samples: no, retention: no, health }
}
