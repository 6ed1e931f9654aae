import { FLAG, type SpanColumns } from '../../model/span-columns.ts'
import { STAGE_ID } from '../../model/stages.ts'
import { MINUTE_MS } from '../../model/timings.ts'
import type { SampleColumns } from './answers.ts'

const MINUTE_NS = BigInt(MINUTE_MS) * 1_000_000n
/** 95% of a normal distribution lie within so many standard deviations. */
const Z95 = 1.96
/** Cells beyond this are not made: a sender can name as many action types as it likes. */
const MAX_CELLS = 1_000_000

interface Cell {
  readonly minute: number
  readonly node: string
  readonly action: string
  busyUs: number
  count: number
  waitUs: number
  waitUsMax: number
  /** False: some span of it does not state how long it waited. */
  waitsKnown: boolean
}

/** What minutes that were derived from spans rest on. */
export interface DerivedFacts {
  /** Spans of the guild's process that were counted. */
  readonly spans: number
  /** Of these, spans that do not tell how many they stand for. They stand for themselves: what they add is a lower limit. */
  readonly unknownWeights: number
  /** Spans that were looked at. */
  readonly seen: number
  /** Estimated busy time of the whole range, µs, and half the width of its 95% interval (0 where every span was kept). */
  readonly busyUs: number
  readonly halfWidthUs: number
}

/**
 * Adds up the time of a guild's process from its spans: of each minute and action what the topmost spans of the guild stage cover, each as
 * often as it stands for (Horvitz–Thompson; the variance of a total is Σ w (w − 1) d² over spans that were kept independently).
 */
export class MinutesFromSpans {
  readonly #from: number
  readonly #to: number
  readonly #cells = new Map<string, Cell>()
  #spans = 0
  #unknown = 0
  #seen = 0
  #busyUs = 0
  #variance = 0

  /** Unix minutes, [from, to). */
  constructor(from: number, to: number) {
    this.#from = from
    this.#to = to
  }

  add(spans: SpanColumns): void {
    const { count, parent, stageId, start, duration, weight, flags, wait } = spans
    // Offsets stay exact: nanoseconds within the minute in which the trace began, and that minute.
    const first = Number(spans.traceStartNs / MINUTE_NS)
    const offset = Number(spans.traceStartNs % MINUTE_NS)
    const minuteNs = Number(MINUTE_NS)
    const inside = new Uint8Array(count)
    this.#seen += count
    for (let i = 0; i < count; i++) {
      const up = parent[i]
      // What a span of the guild's process calls in the same process is time of that span already.
      if (up !== -1 && (inside[up] === 1 || stageId[up] === STAGE_ID.guild)) inside[i] = 1
      if (stageId[i] !== STAGE_ID.guild || inside[i] === 1 || (flags[i] & FLAG.negativeDuration) !== 0) continue
      const begin = offset + start[i]
      const end = begin + duration[i]
      const firstMinute = first + Math.floor(begin / minuteNs)
      const lastMinute = first + Math.floor(Math.max(begin, end - 1) / minuteNs)
      if (lastMinute < this.#from || firstMinute >= this.#to) continue
      const known = weight[i] >= 1
      const times = known ? weight[i] : 1
      this.#spans++
      if (!known) this.#unknown++
      const node = spans.nodes[spans.nodeId[i]]
      const action = spans.actions[spans.actionId[i]] || spans.names[spans.nameId[i]]
      let within = 0
      for (let m = Math.max(firstMinute, this.#from); m <= Math.min(lastMinute, this.#to - 1); m++) {
        const minuteStart = (m - first) * minuteNs
        const ns = Math.max(0, Math.min(end, minuteStart + minuteNs) - Math.max(begin, minuteStart))
        const cell = this.#cell(m, node, action)
        if (cell === undefined) continue
        within += ns / 1_000
        cell.busyUs += (times * ns) / 1_000
        if (m !== firstMinute) continue
        cell.count += times
        if (Number.isNaN(wait[i])) cell.waitsKnown = false
        else {
          cell.waitUs += (times * wait[i]) / 1_000
          cell.waitUsMax = Math.max(cell.waitUsMax, wait[i] / 1_000)
        }
      }
      this.#busyUs += times * within
      this.#variance += times * (times - 1) * within * within
    }
  }

  #cell(minute: number, node: string, action: string): Cell | undefined {
    const key = `${minute}\n${node}\n${action}`
    const known = this.#cells.get(key)
    if (known !== undefined || this.#cells.size >= MAX_CELLS) return known
    const cell = { minute, node, action, busyUs: 0, count: 0, waitUs: 0, waitUsMax: -1, waitsKnown: true }
    this.#cells.set(key, cell)
    return cell
  }

  /** Hands the minutes over as samples of a guild. */
  into(columns: SampleColumns, guildId: string): void {
    for (const { minute, node, action, busyUs, count, waitUs, waitUsMax, waitsKnown } of this.#cells.values())
      columns.add({
        guildId,
        minuteMs: minute * MINUTE_MS,
        node,
        action,
        busyUs: Math.round(busyUs),
        count: Math.round(count),
        waitUsTotal: waitsKnown && count > 0 ? Math.round(waitUs) : -1,
        waitUsMax: Math.round(waitUsMax),
      })
  }

  facts(): DerivedFacts {
    return {
      spans: this.#spans,
      unknownWeights: this.#unknown,
      seen: this.#seen,
      busyUs: this.#busyUs,
      halfWidthUs: Z95 * Math.sqrt(this.#variance),
    }
  }
}
