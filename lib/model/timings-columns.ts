import { Interner } from '../base/interner.ts'
import { Float64List, Uint32List } from '../base/lists.ts'
import type { Measure } from './timings.ts'
import type { TimingsBatch } from './timings-batch.ts'

/** A `TimingsBatch` while it is being filled. */
export class TimingsColumns {
  private readonly strings = new Interner()
  private readonly guildId = new Uint32List()
  private readonly guildNameId = new Uint32List()
  private readonly nodeId = new Uint32List()
  private readonly actionId = new Uint32List()
  private readonly minuteMs = new Float64List()
  private readonly sessions = new Float64List()
  private readonly measures: Readonly<Record<Measure, Float64List>> = {
    busyUs: new Float64List(),
    count: new Float64List(),
    waitUsTotal: new Float64List(),
    waitUsMax: new Float64List(),
    arrived: new Float64List(),
    mailboxDepthMax: new Float64List(),
  }
  private readonly boundsEnd = new Uint32List()
  private readonly countsEnd = new Uint32List()
  private readonly boundsUs = new Float64List()
  private readonly counts = new Float64List()

  /** Appends a row; absent texts are '', absent numbers −1, an absent histogram two empty lists. */
  push(
    minuteMs: number,
    texts: { readonly guildId: string; readonly guildName: string; readonly node: string; readonly action: string },
    numbers: Readonly<Record<Measure | 'sessions', number>>,
    boundsUs: readonly number[],
    counts: readonly number[],
  ): void {
    this.guildId.push(this.strings.id(texts.guildId))
    this.guildNameId.push(this.strings.id(texts.guildName))
    this.nodeId.push(this.strings.id(texts.node))
    this.actionId.push(this.strings.id(texts.action))
    this.minuteMs.push(minuteMs)
    this.sessions.push(numbers.sessions)
    this.measures.busyUs.push(numbers.busyUs)
    this.measures.count.push(numbers.count)
    this.measures.waitUsTotal.push(numbers.waitUsTotal)
    this.measures.waitUsMax.push(numbers.waitUsMax)
    this.measures.arrived.push(numbers.arrived)
    this.measures.mailboxDepthMax.push(numbers.mailboxDepthMax)
    for (const bound of boundsUs) this.boundsUs.push(bound)
    for (const count of counts) this.counts.push(count)
    this.boundsEnd.push(this.boundsUs.length)
    this.countsEnd.push(this.counts.length)
  }

  finish(): TimingsBatch {
    const { busyUs, count, waitUsTotal, waitUsMax, arrived, mailboxDepthMax } = this.measures
    return {
      rows: this.minuteMs.length,
      strings: this.strings.strings,
      guildId: this.guildId.toArray(),
      guildNameId: this.guildNameId.toArray(),
      nodeId: this.nodeId.toArray(),
      actionId: this.actionId.toArray(),
      minuteMs: this.minuteMs.toArray(),
      sessions: this.sessions.toArray(),
      measures: {
        busyUs: busyUs.toArray(),
        count: count.toArray(),
        waitUsTotal: waitUsTotal.toArray(),
        waitUsMax: waitUsMax.toArray(),
        arrived: arrived.toArray(),
        mailboxDepthMax: mailboxDepthMax.toArray(),
      },
      histogram: {
        boundsEnd: this.boundsEnd.toArray(),
        countsEnd: this.countsEnd.toArray(),
        boundsUs: this.boundsUs.toArray(),
        counts: this.counts.toArray(),
      },
    }
  }
}
