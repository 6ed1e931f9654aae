import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { fail, ok, type Result } from '../base/result.ts'
import { DetailsBuilder } from '../evidence/details-builder.ts'
import type { TraceEvidence } from '../evidence/trace-evidence.ts'
import { encodeTracePiece, type TraceParts } from '../evidence/trace-piece.ts'
import { summaryOf } from '../evidence/trace-summary.ts'
import { DEFAULT_MAPPING } from '../model/span-batch.ts'
import type { SpanDetails } from '../model/span-columns.ts'
import type { TraceSource } from './trace-source.ts'

const compress = promisify(gzip)
/** Spans asked for at a time where a backend answers one span only. */
const AT_ONCE = 16

/** Encodes and compresses, off this thread where it takes long. */
export async function packEvidence(parts: TraceParts): Promise<TraceEvidence> {
  const bytes = encodeTracePiece(parts)
  const stored = new Uint8Array(await compress(bytes))
  const sha256 = createHash('sha256').update(stored).digest('hex')
  return {
    piece: { sha256, storedBytes: stored.length, bytes: bytes.length, format: 'trace@1' },
    stored,
    summary: summaryOf(parts.trace),
    guilds: parts.trace.guilds.map((guild) => guild.id),
  }
}

/** The trace as evidence: by the backend itself where it can, else put together from its answers, span by span. */
export function traceEvidenceOf(
  source: TraceSource,
  traceId: string,
  signal: AbortSignal,
  guildKeys: readonly string[] = DEFAULT_MAPPING.guild,
): Promise<Result<TraceEvidence>> {
  return source.traceEvidence?.(traceId, signal) ?? spanBySpan(source, traceId, signal, guildKeys)
}

export async function spanBySpan(
  source: Pick<TraceSource, 'name' | 'trace' | 'spanIds' | 'spanDetails'>,
  traceId: string,
  signal: AbortSignal,
  guildKeys: readonly string[] = DEFAULT_MAPPING.guild,
): Promise<Result<TraceEvidence>> {
  const trace = await source.trace(traceId, undefined, signal)
  if (!trace.ok) return trace
  const ids = await source.spanIds(traceId, signal)
  if (!ids.ok) return ids
  const { spans } = trace.value
  const { count } = spans
  if (ids.value.length !== count)
    return fail('conflict', source.name, 'The trace grew while it was being copied.', 'Freeze it again.')
  const builder = new DetailsBuilder(count)
  const resources = new Map<string, number>()
  const scopes = new Map<string, number>()
  const guilds = ['']
  const guildNumbers = new Map([['', 0]])
  const guildOf = new Uint32Array(count)
  const raw = {
    parentIds: new BigUint64Array(count),
    starts: new BigUint64Array(count),
    ends: new BigUint64Array(count),
    ordinals: new Map<number, number>(),
  }
  for (let from = 0; from < count; from += AT_ONCE) {
    const indices = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, k) => from + k)
    const answers = await Promise.all(indices.map((i) => source.spanDetails(traceId, i, count, signal)))
    for (const [k, answer] of answers.entries()) {
      if (!answer.ok) return answer
      const details = answer.value
      const i = from + k
      const resource = numbered(resources, details.resource, () => builder.addResource(details.resource))
      const { scope } = details
      builder.add(details, resource, scope === undefined ? 0 : numbered(scopes, scope, () => builder.addScope(scope)))
      if (details.parentSpanId !== undefined) raw.parentIds[i] = BigInt(`0x${details.parentSpanId}`)
      raw.starts[i] = BigInt.asUintN(64, BigInt(details.startUnixNano))
      raw.ends[i] = BigInt.asUintN(64, BigInt(details.endUnixNano))
      if (details.ordinal > 0) raw.ordinals.set(i, details.ordinal)
      const guild = guildIn(details, guildKeys)
      const number = guildNumbers.get(guild) ?? guilds.push(guild) - 1
      guildNumbers.set(guild, number)
      guildOf[i] = number !== 0 || spans.parent[i] === -1 ? number : guildOf[spans.parent[i]]
    }
  }
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  const details = builder.finish(trace.value, ids.value, order, raw)
  return ok(await packEvidence({ trace: trace.value, ids: ids.value, guildOf, guilds, details }))
}

function numbered(known: Map<string, number>, what: object, make: () => number): number {
  const key = JSON.stringify(what)
  const number = known.get(key) ?? make()
  known.set(key, number)
  return number
}

/** The first of the keys that is present, the span's own attributes before the resource's. */
function guildIn(details: SpanDetails, keys: readonly string[]): string {
  for (const attributes of [details.attributes, details.resource])
    for (const key of keys) {
      const found = attributes.find((attribute) => attribute.key === key && attribute.value !== '')
      if (found !== undefined) return found.value
    }
  return ''
}
