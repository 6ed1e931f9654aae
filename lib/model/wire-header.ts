import { ok, type Result } from '../base/result.ts'
import type { Trace } from './span-columns.ts'
import { broken } from './wire-slabs.ts'

const MAX_HEADER_BYTES = 64 * 1024 * 1024

/** The JSON slab: everything of a trace that is not a column. */
export interface TraceHeader extends Omit<Trace, 'spans'> {
  readonly count: number
  readonly traceStartNs: bigint
  readonly names: readonly string[]
  readonly services: readonly string[]
  readonly nodes: readonly string[]
  readonly actions: readonly string[]
  readonly relays: readonly string[]
}

export function encodeHeader(trace: Trace): Uint8Array<ArrayBuffer> {
  const { traceId, source, guilds, totalSpans, notes, spans } = trace
  const { count, names, services, nodes, actions, relays } = spans
  const tables = { names, services, nodes, actions, relays }
  const traceStartNs = spans.traceStartNs.toString()
  return new TextEncoder().encode(
    JSON.stringify({ traceId, source, traceStartNs, count, totalSpans, guilds, notes, ...tables }),
  )
}

/** Checks every field: what comes back is a header whatever the bytes were. */
export function decodeHeader(bytes: Uint8Array | undefined): Result<TraceHeader> {
  if (bytes === undefined) return broken('has no header')
  if (bytes.length > MAX_HEADER_BYTES) return broken('has a header of more than 64 MiB')
  const json = parse(bytes)
  if (json === undefined) return broken('has a header that is not a JSON object')
  const { traceId, source, traceStartNs, count, totalSpans } = json
  const guilds = guildsOf(json.guilds)
  const notes = stringsOf(json.notes)
  const names = stringsOf(json.names)
  const services = stringsOf(json.services)
  const nodes = stringsOf(json.nodes)
  const actions = stringsOf(json.actions)
  const relays = stringsOf(json.relays)
  if (typeof traceId !== 'string' || !/^[0-9a-f]{32}$/.test(traceId)) return broken('has no valid trace id')
  if (typeof source !== 'string') return broken('names no source')
  if (typeof traceStartNs !== 'string' || !/^-?\d{1,20}$/.test(traceStartNs)) return broken('has no valid start')
  if (!isCount(count) || !isCount(totalSpans)) return broken('has no valid span count')
  if (guilds === undefined || notes === undefined) return broken('has wrong guilds or notes')
  if (!names || !services || !nodes || !actions || !relays) return broken('has wrong string tables')
  return ok({
    ...{ traceId, source, traceStartNs: BigInt(traceStartNs), count, totalSpans, guilds, notes },
    ...{ names, services, nodes, actions, relays },
  })
}

function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return isRecord(json) ? json : undefined
  } catch {
    return undefined // not UTF-8, not JSON, or nested too deep: all the same to the reader
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function stringsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string') ? value : undefined
}

function guildsOf(value: unknown): Trace['guilds'] | undefined {
  if (!Array.isArray(value)) return undefined
  const guilds: { id: string; name?: string }[] = []
  for (const entry of value) {
    if (!isRecord(entry) || typeof entry.id !== 'string') return undefined
    if (entry.name !== undefined && typeof entry.name !== 'string') return undefined
    guilds.push(entry.name === undefined ? { id: entry.id } : { id: entry.id, name: entry.name })
  }
  return guilds
}
