import { growU32 } from '../base/growable.ts'
import type { SpanBatch } from '../model/span-batch.ts'
import { FLAG } from '../model/span-columns.ts'
import { MISSING_CAP } from './span-schema.ts'
import { mix, tableSize, wordsOf } from './words.ts'

/**
 * The parts of one commit: the spans of each trace in the batches of a window, with what the trace list needs to know. One
 * entry per part in every array.
 */
export interface Parts {
  readonly count: number
  readonly traceHi: BigUint64Array<ArrayBuffer>
  readonly traceLo: BigUint64Array<ArrayBuffer>
  readonly rows: Uint32Array<ArrayBuffer>
  readonly startNs: BigUint64Array<ArrayBuffer>
  readonly endNs: BigUint64Array<ArrayBuffer>
  readonly errors: Uint32Array<ArrayBuffer>
  readonly stages: Uint8Array<ArrayBuffer>
  readonly hasRoot: Uint8Array<ArrayBuffer>
  readonly leadNs: BigUint64Array<ArrayBuffer>
  readonly leadName: string[]
  readonly leadService: string[]
  readonly action: string[]
  readonly actionNs: BigUint64Array<ArrayBuffer>
  readonly waitNs: Float64Array<ArrayBuffer>
  readonly headRate: Float32Array<ArrayBuffer>
  readonly guild: string[]
  readonly guildName: string[]
  /** Further guilds of a part, where it names more than one. */
  readonly moreGuilds: ReadonlyMap<number, ReadonlySet<string>>
  /** Distinct parent ids that are not in the part, at most `MISSING_CAP`. */
  readonly missing: ReadonlyMap<number, ReadonlySet<bigint>>
  /** Per batch, per span: its part. */
  readonly partOf: readonly Uint32Array<ArrayBuffer>[]
}

const NO_TIME = 0xffff_ffff_ffff_ffffn

/** Groups the spans of a window by trace. */
export function groupSpans(batches: readonly SpanBatch[]): Parts {
  const { partOf, count, traceWords } = assignParts(batches)
  const ids = new BigUint64Array(count * 2)
  wordsOf(ids).set(traceWords.subarray(0, count * 4))
  const parts = {
    count,
    traceHi: ids.filter((_, i) => i % 2 === 0),
    traceLo: ids.filter((_, i) => i % 2 === 1),
    rows: new Uint32Array(count),
    startNs: new BigUint64Array(count).fill(NO_TIME),
    endNs: new BigUint64Array(count),
    errors: new Uint32Array(count),
    stages: new Uint8Array(count),
    hasRoot: new Uint8Array(count),
    leadNs: new BigUint64Array(count).fill(NO_TIME),
    leadName: new Array<string>(count).fill(''),
    leadService: new Array<string>(count).fill(''),
    action: new Array<string>(count).fill(''),
    actionNs: new BigUint64Array(count).fill(NO_TIME),
    waitNs: new Float64Array(count).fill(-1),
    headRate: new Float32Array(count).fill(-1),
    guild: new Array<string>(count).fill(''),
    guildName: new Array<string>(count).fill(''),
    moreGuilds: new Map<number, Set<string>>(),
    missing: findMissing(batches, partOf),
    partOf,
  }
  for (let b = 0; b < batches.length; b++) describeParts(batches[b], partOf[b], parts)
  return parts
}

/** Gives every distinct trace id a number, in order of first sight. */
function assignParts(batches: readonly SpanBatch[]) {
  let spans = 0
  for (const batch of batches) spans += batch.count
  const mask = tableSize(spans) - 1
  const table = new Uint32Array(mask + 1)
  // Four words per part: high low/high, low low/high.
  let traceWords = new Uint32Array(1024)
  let count = 0
  const partOf: Uint32Array<ArrayBuffer>[] = []
  for (const batch of batches) {
    const hi = wordsOf(batch.traceIdHi)
    const lo = wordsOf(batch.traceIdLo)
    const of = new Uint32Array(batch.count)
    for (let i = 0; i < batch.count; i++) {
      const [a, b, c, d] = [hi[2 * i], hi[2 * i + 1], lo[2 * i], lo[2 * i + 1]]
      let slot = mix(a ^ c, b ^ Math.imul(d, 31)) & mask
      let part = -1
      while (table[slot] !== 0) {
        const at = (table[slot] - 1) * 4
        if (traceWords[at] === a && traceWords[at + 1] === b && traceWords[at + 2] === c && traceWords[at + 3] === d) {
          part = table[slot] - 1
          break
        }
        slot = (slot + 1) & mask
      }
      if (part === -1) {
        part = count++
        table[slot] = count
        traceWords = growU32(traceWords, count * 4)
        traceWords.set([a, b, c, d], part * 4)
      }
      of[i] = part
    }
    partOf.push(of)
  }
  return { partOf, count, traceWords }
}

/** Which stated parents are not among the part's own spans. */
function findMissing(batches: readonly SpanBatch[], partOf: readonly Uint32Array[]): Map<number, Set<bigint>> {
  let spans = 0
  for (const batch of batches) spans += batch.count
  const mask = tableSize(spans) - 1
  const table = new Uint32Array(mask + 1)
  // The known (part, span id) keys, three words each.
  const keys = new Uint32Array(spans * 3)
  const find = (part: number, low: number, high: number): number => {
    let slot = mix(low ^ Math.imul(part, 0x9e37_79b1), high) & mask
    while (table[slot] !== 0) {
      const at = (table[slot] - 1) * 3
      if (keys[at] === part && keys[at + 1] === low && keys[at + 2] === high) break
      slot = (slot + 1) & mask
    }
    return slot
  }
  let known = 0
  for (let b = 0; b < batches.length; b++) {
    const ids = wordsOf(batches[b].spanId)
    for (let i = 0; i < batches[b].count; i++) {
      const slot = find(partOf[b][i], ids[2 * i], ids[2 * i + 1])
      if (table[slot] !== 0) continue
      keys[known * 3] = partOf[b][i]
      keys[known * 3 + 1] = ids[2 * i]
      keys[known * 3 + 2] = ids[2 * i + 1]
      table[slot] = ++known
    }
  }
  const missing = new Map<number, Set<bigint>>()
  for (let b = 0; b < batches.length; b++) {
    const parents = wordsOf(batches[b].parentId)
    for (let i = 0; i < batches[b].count; i++) {
      if ((parents[2 * i] | parents[2 * i + 1]) === 0) continue
      if (table[find(partOf[b][i], parents[2 * i], parents[2 * i + 1])] !== 0) continue
      const part = partOf[b][i]
      let ids = missing.get(part)
      if (ids === undefined) {
        ids = new Set()
        missing.set(part, ids)
      }
      if (ids.size < MISSING_CAP) ids.add(batches[b].parentId[i])
    }
  }
  return missing
}

/** Parts while they are being filled. */
type Filling = Omit<Parts, 'moreGuilds'> & { readonly moreGuilds: Map<number, Set<string>> }

function describeParts(batch: SpanBatch, partOf: Uint32Array, parts: Filling): void {
  const { strings } = batch
  for (let i = 0; i < batch.count; i++) {
    const p = partOf[i]
    const start = batch.startNs[i]
    parts.rows[p]++
    if (start < parts.startNs[p]) parts.startNs[p] = start
    if (batch.endNs[i] > parts.endNs[p]) parts.endNs[p] = batch.endNs[i]
    if ((batch.flags[i] & FLAG.error) !== 0) parts.errors[p]++
    parts.stages[p] |= 1 << batch.stageId[i]
    const isRoot = batch.parentId[i] === 0n
    if (
      isRoot ? parts.hasRoot[p] === 0 || start < parts.leadNs[p] : parts.hasRoot[p] === 0 && start < parts.leadNs[p]
    ) {
      parts.leadNs[p] = start
      parts.leadName[p] = strings[batch.nameId[i]]
      parts.leadService[p] = strings[batch.serviceId[i]]
    }
    if (isRoot) parts.hasRoot[p] = 1
    if (batch.actionId[i] !== 0 && start < parts.actionNs[p]) {
      parts.actionNs[p] = start
      parts.action[p] = strings[batch.actionId[i]]
    }
    if (batch.enqueuedNs[i] !== 0n) {
      const wait = Math.max(0, Number(start - batch.enqueuedNs[i]))
      if (wait > parts.waitNs[p]) parts.waitNs[p] = wait
    }
    parts.headRate[p] = agreedRate(parts.headRate[p], batch.headRate[i])
    if (batch.guildId[i] !== 0) addGuild(parts, p, strings[batch.guildId[i]], strings[batch.guildNameId[i]])
  }
}

/** What a trace's spans say of its head rate: −1 nothing, 0 different things (so it is unknown), else the rate. */
export function agreedRate(known: number, stated: number): number {
  if (!(stated >= 0)) return known
  return known < 0 || known === stated ? stated : 0
}

function addGuild(parts: Filling, p: number, guild: string, guildName: string): void {
  if (parts.guild[p] === '') parts.guild[p] = guild
  if (parts.guild[p] === guild) {
    if (parts.guildName[p] === '') parts.guildName[p] = guildName
    return
  }
  const more = parts.moreGuilds.get(p)
  if (more === undefined) parts.moreGuilds.set(p, new Set([guild]))
  else more.add(guild)
}
