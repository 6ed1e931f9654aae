/** The formats of pieces: which there are, how large, how one is opened. docs/evidence-format.md describes their bytes. */
import { fail, ok, type Result } from '../base/result.ts'
import type { FlameAnswer } from '../model/call-tree.ts'
import type { GuildMinutes } from '../model/timings.ts'
import type { Page, TraceSummary } from '../model/trace-list.ts'
import { decodeFlame, FLAME_VERSION } from './flame-piece.ts'
import type { PieceFormat, PieceRef } from './manifest.ts'
import { decodeMinutes, MINUTES_VERSION } from './minutes-piece.ts'
import { decodeTraceList, TRACE_LIST_VERSION } from './trace-list-piece.ts'
import { openTracePiece, type TracePiece } from './trace-piece.ts'
import { unreadable, upgradeChain } from './versions.ts'

export { encodeFlame } from './flame-piece.ts'
export { encodeMinutes } from './minutes-piece.ts'
export { encodeTraceList, TRACE_LIST_MAX } from './trace-list-piece.ts'
export { encodeTracePiece } from './trace-piece.ts'

const TRACE_VERSION = 1
const upgradeTrace = upgradeChain<Uint8Array>('frozen trace', TRACE_VERSION, [])

/** What a piece is, how large it may be once inflated, and the version that is written now. */
const FORMATS = {
  minutes: { noun: 'minutes', maxBytes: 128 * 2 ** 20, version: MINUTES_VERSION },
  flame: { noun: 'flame graph', maxBytes: 64 * 2 ** 20, version: FLAME_VERSION },
  'trace-list': { noun: 'list of traces', maxBytes: 32 * 2 ** 20, version: TRACE_LIST_VERSION },
  trace: { noun: 'trace', maxBytes: 2 ** 31, version: TRACE_VERSION },
} as const

type FormatName = keyof typeof FORMATS

export interface ReadFormat {
  readonly name: FormatName
  readonly version: number
  readonly maxBytes: number
}

/** What a format's text says; a version that is newer than ours is a sentence. */
export function readPieceFormat(format: string): Result<ReadFormat> {
  const [, text, digits] = /^([a-z-]{1,20})@([1-9]\d{0,4})$/.exec(format) ?? []
  const name = formatNames.find((each) => each === text)
  if (name === undefined)
    return unreadable('evidence', `has a piece of a kind that is unknown here (“${format.slice(0, 40)}”)`)
  const { maxBytes, noun, version } = FORMATS[name]
  if (Number(digits) > version)
    return fail(
      'unavailable',
      'evidence',
      `A frozen ${noun} was written by a newer Guildscope (format ${format}; this one reads up to ${name}@${version}).`,
      'Update this instance, then open it again.',
    )
  return ok({ name, version: Number(digits), maxBytes })
}

const formatNames: readonly FormatName[] = ['minutes', 'flame', 'trace-list', 'trace']

/** A failure of an opened piece, with the piece's name in it. */
export function ofPiece<T>(piece: PieceRef, result: Result<T>): Result<T> {
  if (result.ok) return result
  const { kind, source, what, tryThis } = result.failure
  return fail(kind, source, `${what} Piece ${piece.sha256.slice(0, 12)}, ${piece.format}.`, tryThis)
}

/** Each opens a piece of its kind in any version up to ours; a piece of another kind is refused. */
export const openPiece = {
  minutes: (piece: PieceRef, bytes: Uint8Array): Result<GuildMinutes> => open(piece, 'minutes', bytes, decodeMinutes),
  flame: (piece: PieceRef, bytes: Uint8Array): Result<FlameAnswer> => open(piece, 'flame', bytes, decodeFlame),
  traceList: (piece: PieceRef, bytes: Uint8Array): Result<Page<TraceSummary>> =>
    open(piece, 'trace-list', bytes, decodeTraceList),
  trace: (piece: PieceRef, bytes: Uint8Array): Result<TracePiece> => open(piece, 'trace', bytes, decodeTrace),
}

function decodeTrace(bytes: Uint8Array, version: number): Result<TracePiece> {
  const upgraded = upgradeTrace(bytes, version)
  return upgraded.ok ? openTracePiece(upgraded.value) : upgraded
}

function open<T>(
  piece: PieceRef,
  name: FormatName,
  bytes: Uint8Array,
  decode: (bytes: Uint8Array, version: number) => Result<T>,
): Result<T> {
  const format = readPieceFormat(piece.format)
  if (!format.ok) return format
  if (format.value.name !== name)
    return ofPiece(piece, unreadable(FORMATS[name].noun, `is marked as ${format.value.name}`))
  if (bytes.length > format.value.maxBytes) return ofPiece(piece, unreadable(FORMATS[name].noun, 'is too large'))
  return ofPiece(piece, decode(bytes, format.value.version))
}

/** Whether a piece can be opened, whatever its kind: what an archive is checked with when it comes in. A trace's details, too. */
export function checkPiece(piece: PieceRef, bytes: Uint8Array): Result<undefined> {
  const format: PieceFormat = piece.format
  const read = readPieceFormat(format)
  if (!read.ok) return read
  const opened = checkers[read.value.name](piece, bytes)
  return opened.ok ? ok(undefined) : opened
}

const checkers: Readonly<Record<FormatName, (piece: PieceRef, bytes: Uint8Array) => Result<unknown>>> = {
  minutes: openPiece.minutes,
  flame: openPiece.flame,
  'trace-list': openPiece.traceList,
  trace: (piece, bytes) => {
    const opened = openPiece.trace(piece, bytes)
    return opened.ok ? ofPiece(piece, opened.value.details()) : opened
  },
}
