/** Reading untrusted JSON without a schema library in the way of a million numbers. Undefined: it is not what it should be. */
import { encodeUtf8 } from '../base/utf8.ts'
import { isRecord } from './versions.ts'

export type Json = Readonly<Record<string, unknown>>

export function jsonBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return encodeUtf8(JSON.stringify(value))
}

export function recordIn(bytes: Uint8Array): Json | undefined {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return isRecord(json) ? json : undefined
  } catch {
    return undefined // not UTF-8 or not JSON: all the same to the reader
  }
}

export function isText(value: unknown): value is string {
  return typeof value === 'string'
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

export function isCount(value: unknown): value is number {
  return isNumber(value) && Number.isSafeInteger(value) && value >= 0
}

/** A time that a Date can hold, Unix ms. */
export function isTime(value: unknown): value is number {
  return isNumber(value) && value >= 0 && value <= 8.64e15
}

export function isOptional<T>(value: unknown, is: (value: unknown) => value is T): value is T | undefined {
  return value === undefined || is(value)
}

/** An array of exactly `length` finite numbers, each of which passes `test`. */
export function numbersIn(
  value: unknown,
  length: number,
  test: (number: number) => boolean = () => true,
): readonly number[] | undefined {
  if (!Array.isArray(value) || value.length !== length) return undefined
  const items: readonly unknown[] = value
  return items.every((item): item is number => isNumber(item) && test(item)) ? items : undefined
}

export function textsIn(value: unknown, most = 1_000_000): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length > most) return undefined
  const items: readonly unknown[] = value
  return items.every(isText) ? items : undefined
}
