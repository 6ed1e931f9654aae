import { z } from 'zod'
import type { Sink } from './sender.ts'

const SCRAPE_S = 15
/** Scrapes do not begin with the minute. */
const PHASE_S = 7

const requestBody = z.object({
  samples: z.array(
    z.object({
      guildId: z.string(),
      node: z.string(),
      minute: z.string(),
      action: z.string(),
      busyUs: z.number(),
      count: z.number(),
      arrived: z.number(),
      waitUsTotal: z.number().default(0),
    }),
  ),
})
type Sample = z.infer<typeof requestBody>['samples'][number]

const COUNTERS = [
  ['guild_busy_seconds', (sample: Sample) => sample.busyUs / 1e6],
  ['guild_messages', (sample: Sample) => sample.count],
  ['guild_wait_seconds', (sample: Sample) => sample.waitUsTotal / 1e6],
  ['guild_arrived', (sample: Sample) => sample.arrived],
] as const

/**
 * Timings as a metrics system would have scraped them: counters that grow evenly within each minute, seen every 15 s. Traces go on to
 * another sink; timings go nowhere else.
 */
export class OpenMetricsSink implements Sink {
  readonly #traces: Sink
  /** Labels → minute in Unix seconds → the newest total of that minute. */
  readonly #series = new Map<string, Map<number, Sample>>()
  #first = Number.POSITIVE_INFINITY
  #last = Number.NEGATIVE_INFINITY

  constructor(traces: Sink) {
    this.#traces = traces
  }

  traces(request: Uint8Array<ArrayBuffer>, spans: number): Promise<void> {
    return this.#traces.traces(request, spans)
  }

  drain(): Promise<void> {
    return this.#traces.drain()
  }

  async timings(body: string): Promise<void> {
    for (const sample of requestBody.parse(JSON.parse(body)).samples) {
      const { guildId, action, node } = sample
      const labels = `guild_id=${JSON.stringify(guildId)},action=${JSON.stringify(action)},instance=${JSON.stringify(node)}`
      const minute = Date.parse(sample.minute) / 1_000
      this.#first = Math.min(this.#first, minute)
      this.#last = Math.max(this.#last, minute)
      const minutes = this.#series.get(labels) ?? new Map<number, Sample>()
      minutes.set(minute, sample)
      this.#series.set(labels, minutes)
    }
  }

  /** OpenMetrics text in pieces, times in Unix seconds: `promtool tsdb create-blocks-from openmetrics FILE data`. */
  *text(): Generator<string> {
    for (const [name, measured] of COUNTERS) {
      yield `# TYPE ${name} counter\n`
      for (const [labels, minutes] of this.#series) {
        let total = 0
        const lines: string[] = []
        for (let minute = this.#first; minute <= this.#last; minute += 60) {
          const sample = minutes.get(minute)
          const grown = sample === undefined ? 0 : measured(sample)
          for (let at = PHASE_S; at < 60; at += SCRAPE_S)
            lines.push(`${name}_total{${labels}} ${total + (grown * at) / 60} ${minute + at}\n`)
          total += grown
        }
        yield lines.join('')
      }
    }
    yield '# EOF\n'
  }
}
