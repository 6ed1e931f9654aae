import { JSON_TOKEN, JsonReader } from '../base/json-reader.ts'
import { fail, ok, type Result } from '../base/result.ts'
import { decodeUtf8 } from '../base/utf8.ts'
import { MEASURES, type Measure, MINUTE_MS } from './timings.ts'
import type { ParsedTimings, RejectedSamples } from './timings-batch.ts'
import { TimingsColumns } from './timings-columns.ts'

/** Bytes of the longest guild name, node or action. */
const MAX_TEXT_BYTES = 1_024
/** Characters of the longest guild id: longer ones could not be asked for, because ids stand in addresses. */
const MAX_GUILD_ID = 256
/** Distinct action types in one request. */
const MAX_ACTIONS = 100_000
/** How far a minute may lie ahead of the receiver's clock. */
const MAX_AHEAD_MS = 5 * MINUTE_MS
const MAX_BOUNDS = 1_024
const EXAMPLE_BYTES = 120
const SHAPE =
  'Send {"samples":[{"guildId":"…","minute":"2026-11-22T10:05:00Z","action":"…","busyUs":1}]}, or one sample a line as NDJSON.'

/**
 * Parses the body of a timings request. A sample that cannot be kept is counted under its reason and loses no other; a body that is not
 * JSON is a `bad-request`. `nowMs` is the receiver's clock, Unix milliseconds. Times are floored to their minute.
 */
export function parseTimings(bytes: Uint8Array, format: 'json' | 'ndjson', nowMs: number): Result<ParsedTimings> {
  const parser = new TimingsParser(bytes, nowMs)
  const problem = format === 'json' ? parser.document() : parser.lines()
  if (problem !== undefined) return fail('bad-request', 'request', problem, SHAPE)
  return ok(parser.finish())
}

const TEXT_FIELDS = ['guildId', 'guildName', 'node', 'action', 'minute'] as const
type TextField = (typeof TEXT_FIELDS)[number]
type NumberField = Measure | 'sessions'

const textFields = new Map<string, TextField>(TEXT_FIELDS.map((field) => [field, field]))
const numberFields = new Map<string, NumberField>([...MEASURES, 'sessions' as const].map((field) => [field, field]))

class TimingsParser {
  private readonly bytes: Uint8Array
  private readonly nowMs: number
  private readonly reader: JsonReader
  private readonly columns = new TimingsColumns()
  private readonly rejected = new Map<string, { count: number; example: string }>()
  private readonly actions = new Set<string>()
  private readonly minutes = new Map<string, number>()

  // The sample being read.
  private texts: Record<TextField, string> = { guildId: '', guildName: '', node: '', action: '', minute: '' }
  private numbers: Record<NumberField, number> = emptyNumbers()
  private bounds: number[] = []
  private counts: number[] = []
  private reason: string | undefined

  constructor(bytes: Uint8Array, nowMs: number) {
    this.bytes = bytes
    this.nowMs = nowMs
    this.reader = new JsonReader(bytes)
  }

  finish(): ParsedTimings {
    const rejected: RejectedSamples[] = [...this.rejected].map(([reason, entry]) => ({ reason, ...entry }))
    return { batch: this.columns.finish(), rejected }
  }

  /** Reads `{"samples":[…]}`; a sentence where that is not what the body holds. */
  document(): string | undefined {
    const { reader } = this
    let found = false
    let token = reader.next()
    if (token !== JSON_TOKEN.objectStart && token !== JSON_TOKEN.error) {
      return 'The body is not a JSON object with a list of samples.'
    }
    while (token !== JSON_TOKEN.error && token !== JSON_TOKEN.end) {
      token = reader.next()
      if (token !== JSON_TOKEN.key) continue
      if (reader.text() !== 'samples') {
        reader.skipValue()
        continue
      }
      found = true
      if (reader.next() !== JSON_TOKEN.arrayStart) return reader.problem ? this.broken() : 'samples is not a list.'
      for (token = reader.next(); token !== JSON_TOKEN.arrayEnd && token !== JSON_TOKEN.error; token = reader.next()) {
        this.sample(token)
      }
    }
    if (reader.problem !== '') return this.broken()
    return found ? undefined : 'The body has no list of samples.'
  }

  /** Reads one sample a line. */
  lines(): string | undefined {
    const { bytes, reader } = this
    let from = 0
    while (from < bytes.length) {
      const newline = bytes.indexOf(10, from)
      const to = newline === -1 ? bytes.length : newline
      if (!isBlank(bytes, from, to)) {
        reader.reset(from, to)
        const token = reader.next()
        if (token !== JSON_TOKEN.error) this.sample(token, true)
        else this.reject('the line is not valid JSON', from)
      }
      from = to + 1
    }
    return undefined
  }

  private broken(): string {
    return `The body is not valid JSON: ${this.reader.problemText}.`
  }

  /** Reads the sample whose first token was `first`. A line must hold nothing else. */
  private sample(first: number, isLine = false): void {
    const { reader } = this
    const at = reader.at
    if (first !== JSON_TOKEN.objectStart) {
      reader.skipRest(first)
      this.reject('the sample is not an object', at)
      return
    }
    this.texts = { guildId: '', guildName: '', node: '', action: '', minute: '' }
    this.numbers = emptyNumbers()
    this.bounds = []
    this.counts = []
    this.reason = undefined
    for (let token = reader.next(); token === JSON_TOKEN.key; token = reader.next()) this.field(reader.text())
    if (isLine && reader.problem === '') reader.next()
    if (reader.problem !== '') {
      if (isLine) this.reject('the line is not valid JSON', at)
      return
    }
    this.keep(at)
  }

  private field(name: string): void {
    const text = textFields.get(name)
    if (text !== undefined) {
      this.text(text)
      return
    }
    const number = numberFields.get(name)
    if (number !== undefined) this.numbers[number] = this.amount(number)
    else if (name === 'waitHistogram') this.histogram()
    else this.reader.skipValue()
  }

  private text(field: TextField): void {
    const { reader } = this
    const token = reader.next()
    if (token === JSON_TOKEN.string) {
      const length = reader.utf8((_, from, to) => to - from)
      if (length > MAX_TEXT_BYTES) this.reason ??= `${field} is longer than 1 KiB`
      else this.texts[field] = reader.text()
    } else if (token === JSON_TOKEN.number && field === 'guildId' && isInteger(reader)) {
      // The digits, not the number: ids go beyond 2^53.
      this.texts.guildId = reader.text()
    } else {
      reader.skipRest(token)
      if (token !== JSON_TOKEN.null) this.reason ??= `${field} is not a text`
    }
  }

  /** A number ≥ 0, also as text (64-bit integers often come so); −1 where it is null or wrong. */
  private amount(what: string): number {
    const { reader } = this
    const token = reader.next()
    if (token === JSON_TOKEN.null) return -1
    let value = Number.NaN
    if (token === JSON_TOKEN.number) value = reader.number()
    else if (token === JSON_TOKEN.string && reader.to - reader.from <= 40) {
      const text = reader.text()
      if (/^-?\d+(\.\d+)?$/.test(text)) value = Number(text)
    } else reader.skipRest(token)
    if (Number.isFinite(value) && value >= 0) return value
    this.reason ??= Number.isNaN(value)
      ? `${what} is not a number`
      : value < 0
        ? `${what} is negative`
        : `${what} is not a finite number`
    return -1
  }

  private histogram(): void {
    const { reader } = this
    const token = reader.next()
    if (token !== JSON_TOKEN.objectStart) {
      reader.skipRest(token)
      if (token !== JSON_TOKEN.null) this.reason ??= 'waitHistogram is not an object'
      return
    }
    while (reader.next() === JSON_TOKEN.key) {
      const name = reader.text()
      if (name === 'boundsUs') this.bounds = this.amounts('waitHistogram.boundsUs')
      else if (name === 'counts') this.counts = this.amounts('waitHistogram.counts')
      else reader.skipValue()
    }
    this.reason ??= this.histogramProblem()
  }

  private amounts(what: string): number[] {
    const { reader } = this
    const values: number[] = []
    const token = reader.next()
    if (token !== JSON_TOKEN.arrayStart) {
      reader.skipRest(token)
      this.reason ??= `${what} is not a list`
      return values
    }
    for (
      let inner = reader.next();
      inner !== JSON_TOKEN.arrayEnd && inner !== JSON_TOKEN.error;
      inner = reader.next()
    ) {
      const value = inner === JSON_TOKEN.number ? reader.number() : -1
      reader.skipRest(inner)
      if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) this.reason ??= `${what} holds something that is no count`
      if (values.length <= MAX_BOUNDS + 1) values.push(value)
    }
    return values
  }

  private histogramProblem(): string | undefined {
    const { bounds, counts } = this
    if (bounds.length > MAX_BOUNDS || counts.length > MAX_BOUNDS + 1) return 'waitHistogram has more than 1,024 bounds'
    for (let i = 1; i < bounds.length; i++) {
      if (bounds[i] <= bounds[i - 1]) return 'waitHistogram.boundsUs does not ascend'
    }
    // Without a count for the waits above the last bound there are none.
    if (counts.length === bounds.length && bounds.length > 0) counts.push(0)
    return counts.length === bounds.length + 1 || (counts.length === 0 && bounds.length === 0)
      ? undefined
      : 'waitHistogram has not one more count than bounds'
  }

  /** Unix milliseconds of the minute's start; undefined where the text is no time with a zone. */
  private minuteOf(text: string): number | undefined {
    const known = this.minutes.get(text)
    if (known !== undefined) return known
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/i.test(text)) return undefined
    const ms = Date.parse(text)
    if (!(ms >= 0)) return undefined
    const minute = Math.floor(ms / MINUTE_MS) * MINUTE_MS
    if (this.minutes.size < 10_000) this.minutes.set(text, minute)
    return minute
  }

  private keep(at: number): void {
    const { texts, numbers } = this
    const minuteMs = this.minuteOf(texts.minute)
    const reason = this.reason ?? this.problem(minuteMs)
    if (reason !== undefined || minuteMs === undefined) {
      this.reject(reason ?? 'minute is not a time', at)
      return
    }
    this.actions.add(texts.action)
    this.columns.push(minuteMs, texts, numbers, this.bounds, this.counts)
  }

  private problem(minuteMs: number | undefined): string | undefined {
    const { texts, numbers } = this
    if (texts.guildId === '') return 'guildId is missing'
    if (texts.guildId.length > MAX_GUILD_ID) return 'guildId is longer than 256 characters'
    if (texts.action === '') return 'action is missing'
    if (texts.minute === '') return 'minute is missing'
    if (numbers.busyUs < 0) return 'busyUs is missing'
    if (minuteMs === undefined) return 'minute is not a time like 2026-11-22T10:05:00Z'
    if (minuteMs > this.nowMs + MAX_AHEAD_MS) return 'minute lies more than 5 minutes in the future'
    if (this.actions.size >= MAX_ACTIONS && !this.actions.has(texts.action)) {
      return 'more than 100,000 action types in one request'
    }
    return undefined
  }

  private reject(reason: string, at: number): void {
    const known = this.rejected.get(reason)
    if (known !== undefined) known.count++
    else {
      const example = decodeUtf8(this.bytes, at, Math.min(this.bytes.length, at + EXAMPLE_BYTES))
      this.rejected.set(reason, { count: 1, example })
    }
  }
}

function emptyNumbers(): Record<NumberField, number> {
  return { busyUs: -1, count: -1, waitUsTotal: -1, waitUsMax: -1, arrived: -1, mailboxDepthMax: -1, sessions: -1 }
}

function isInteger(reader: JsonReader): boolean {
  return /^-?\d{1,20}$/.test(reader.text())
}

function isBlank(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 32 && bytes[i] !== 9 && bytes[i] !== 13) return false
  return true
}
