import { ByteInterner } from '../../base/byte-interner.ts'
import { type Halves, parseInt64, writeInt64 } from '../../base/int64.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { AttributeMapping } from '../span-batch.ts'
import type { ProtoReader } from './proto-reader.ts'

/** The fields of the mapping, in the order of their slot numbers. */
const FIELDS = [
  'guild',
  'guildName',
  'action',
  'stage',
  'enqueued',
  'mailboxDepth',
  'recipients',
  'keepRate',
  'relay',
  'node',
  'process',
  'sessions',
  'user',
  'session',
  'channel',
] as const

export const SLOT = {
  guild: 0,
  guildName: 1,
  action: 2,
  stage: 3,
  enqueued: 4,
  mailboxDepth: 5,
  recipients: 6,
  keepRate: 7,
  relay: 8,
  node: 9,
  process: 10,
  sessions: 11,
  user: 12,
  session: 13,
  channel: 14,
  /** `service.name`, which is not for mapping. */
  service: 15,
} as const

/** Slots whose values are kept as strings. */
export const TEXT_SLOTS = [
  SLOT.guild,
  SLOT.guildName,
  SLOT.action,
  SLOT.stage,
  SLOT.relay,
  SLOT.node,
  SLOT.process,
  SLOT.user,
  SLOT.session,
  SLOT.channel,
  SLOT.service,
] as const

const SLOTS = 16
const UNSET = 255

/** Which slots a key fills, and how early it stands in each one's list of alternatives. */
export class MappingIndex {
  readonly keys = new ByteInterner()
  /** By key id: pairs of slot and rank. */
  readonly targets: number[][] = [[]]

  constructor(mapping: AttributeMapping) {
    FIELDS.forEach((field, slot) => {
      for (const [rank, key] of mapping[field].entries()) this.add(key, slot, Math.min(rank, UNSET - 1))
    })
    this.add('service.name', SLOT.service, 0)
  }

  private add(key: string, slot: number, rank: number): void {
    const id = this.keys.idOfText(key)
    while (this.targets.length <= id) this.targets.push([])
    this.targets[id].push(slot, rank)
  }
}

const KIND = { none: 0, string: 1, bool: 2, int: 3, double: 4 } as const

/**
 * The mapped attributes of one span or one resource, where they stand in the request. Only scalar values count: a mapped key that holds
 * an array, a map, bytes, nothing or an empty string counts as absent, so that the next alternative gets its chance.
 */
export class AttributeSlots {
  private readonly reader: ProtoReader
  private readonly index: MappingIndex
  private readonly rank = new Uint8Array(SLOTS).fill(UNSET)
  private readonly kind = new Uint8Array(SLOTS)
  /** A string's bytes. */
  private readonly from = new Uint32Array(SLOTS)
  private readonly to = new Uint32Array(SLOTS)
  /** An integer's or boolean's value. */
  private readonly lo = new Uint32Array(SLOTS)
  private readonly hi = new Uint32Array(SLOTS)
  private readonly double = new Float64Array(SLOTS)
  private readonly digits = new Uint8Array(24)
  private readonly halves: Halves = { lo: 0, hi: 0 }

  // The value read last.
  private valueKind = 0
  private valueFrom = 0
  private valueTo = 0
  private valueDouble = 0

  constructor(reader: ProtoReader, index: MappingIndex) {
    this.reader = reader
    this.index = index
  }

  clear(): void {
    this.rank.fill(UNSET)
  }

  has(slot: number): boolean {
    return this.rank[slot] !== UNSET
  }

  isInt(slot: number): boolean {
    return this.kind[slot] === KIND.int
  }

  /** Reads the `KeyValue` in [reader.pos, to) and keeps it where the mapping asks for it. */
  read(to: number): void {
    const reader = this.reader
    const outer = reader.end
    reader.end = to
    let keyFrom = 0
    let keyTo = 0
    let valueFrom = 0
    let valueTo = 0
    while (reader.pos < to) {
      const tag = reader.tag()
      if (tag === 0x0a) {
        const length = reader.length()
        keyFrom = reader.pos
        keyTo = reader.pos += length
      } else if (tag === 0x12) {
        const length = reader.length()
        valueFrom = reader.pos
        valueTo = reader.pos += length
      } else reader.skip(tag)
    }
    if (!reader.bad && valueTo > valueFrom) {
      const key = this.index.keys.find(reader.bytes, keyFrom, keyTo)
      if (key !== 0) this.keep(this.index.targets[key], valueFrom, valueTo)
    }
    reader.end = outer
  }

  private keep(targets: readonly number[], from: number, to: number): void {
    const reader = this.reader
    const after = reader.pos
    reader.pos = from
    reader.end = to
    this.value(to)
    if (reader.bad) return
    reader.pos = after
    if (this.valueKind === KIND.none) return
    for (let t = 0; t < targets.length; t += 2) {
      const slot = targets[t]
      if (targets[t + 1] >= this.rank[slot]) continue
      this.rank[slot] = targets[t + 1]
      this.kind[slot] = this.valueKind
      this.from[slot] = this.valueFrom
      this.to[slot] = this.valueTo
      this.lo[slot] = reader.lo
      this.hi[slot] = reader.hi
      this.double[slot] = this.valueDouble
    }
  }

  /** Reads an `AnyValue`; the last member of its oneof counts, as in any protobuf decoder. */
  private value(to: number): void {
    const reader = this.reader
    let kind: number = KIND.none
    while (reader.pos < to) {
      const tag = reader.tag()
      switch (tag) {
        case 0x0a: {
          const length = reader.length()
          this.valueFrom = reader.pos
          this.valueTo = reader.pos += length
          kind = length > 0 ? KIND.string : KIND.none
          break
        }
        case 0x10:
          reader.varint()
          kind = KIND.bool
          break
        case 0x18:
          reader.varint()
          kind = KIND.int
          break
        case 0x21:
          this.valueDouble = reader.double()
          kind = KIND.double
          break
        default:
          kind = KIND.none
          reader.skip(tag)
      }
    }
    this.valueKind = kind
  }

  /** The value as a string of the batch; integers as exact decimal text. The slot must be filled. */
  textId(slot: number, strings: ByteInterner): number {
    switch (this.kind[slot]) {
      case KIND.string:
        return strings.id(this.reader.bytes, this.from[slot], this.to[slot])
      case KIND.int:
        return strings.id(this.digits, writeInt64(this.lo[slot], this.hi[slot], this.digits), this.digits.length)
      case KIND.bool:
        return strings.idOfText(this.lo[slot] !== 0 ? 'true' : 'false')
      default:
        return strings.idOfText(String(this.double[slot]))
    }
  }

  /** The value as a finite number, NaN where it is none. The slot must be filled. */
  number(slot: number): number {
    switch (this.kind[slot]) {
      case KIND.int:
        return (this.hi[slot] | 0) * 0x1_0000_0000 + this.lo[slot]
      case KIND.double:
        return Number.isFinite(this.double[slot]) ? this.double[slot] : Number.NaN
      case KIND.string: {
        // A megabyte of text is no number; do not make a string of it to find out.
        if (this.to[slot] - this.from[slot] > 40) return Number.NaN
        const text = decodeUtf8(this.reader.bytes, this.from[slot], this.to[slot]).trim()
        const value = text === '' ? Number.NaN : Number(text)
        return Number.isFinite(value) ? value : Number.NaN
      }
      default:
        return Number.NaN
    }
  }

  /** The value as an exact, positive 64-bit number of nanoseconds; undefined where it is none. The slot must be filled. */
  nanoseconds(slot: number): Halves | undefined {
    const halves = this.halves
    if (this.kind[slot] === KIND.int) {
      halves.lo = this.lo[slot]
      halves.hi = this.hi[slot]
    } else if (this.kind[slot] === KIND.string) {
      if (!parseInt64(this.reader.bytes, this.from[slot], this.to[slot], halves)) return undefined
    } else {
      const value = this.number(slot)
      if (!(value >= 1 && value < 2 ** 63)) return undefined
      halves.hi = Math.floor(value / 0x1_0000_0000)
      halves.lo = Math.floor(value % 0x1_0000_0000)
    }
    return halves.hi < 0x8000_0000 ? halves : undefined
  }
}
