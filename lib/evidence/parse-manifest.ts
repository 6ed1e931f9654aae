/** Manifests as they come from a file or an archive, and as they are written. */

import { parseTraceId } from '../base/ids.ts'
import { ok, type Result } from '../base/result.ts'
import { encodeUtf8 } from '../base/utf8.ts'
import { ACTION_MAX, NAME_MAX } from '../model/incident.ts'
import { sideSchema } from './entry.ts'
import type { FrozenTrace, Manifest, PieceFormat, PieceRef } from './manifest.ts'
import { MANIFEST_VERSION } from './manifest.ts'
import { readPieceFormat } from './pieces.ts'
import { z } from './schema.ts'
import { traceSummarySchema } from './trace-list-piece.ts'
import { isRecord, type Upgrade, unreadable, upgradeChain } from './versions.ts'

const UPGRADES: readonly Upgrade<unknown>[] = []
const upgrade = upgradeChain('evidence manifest', MANIFEST_VERSION, UPGRADES)

/** Pieces of one kind in a manifest. */
const PIECES_MAX = 20_000
const TEXT_MAX = 10_000

const text = z.string().max(TEXT_MAX)
const count = z.int().min(0)
const timeMs = z.number().min(0).max(8.64e15)
const guildId = z.string().min(1).max(NAME_MAX)

function pieceOf<F extends PieceFormat>(...allowed: readonly [F, ...F[]]) {
  return z.object({
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    storedBytes: count.max(2 ** 31),
    bytes: count.max(2 ** 31),
    format: z.enum(allowed),
  }) satisfies z.ZodType<PieceRef>
}
const list = <T extends z.ZodType>(item: T, most = PIECES_MAX) => z.array(item).max(most)

const flameQuery = {
  guildId,
  fromMs: timeMs,
  toMs: timeMs,
  action: z.string().max(ACTION_MAX).optional(),
  scope: z.enum(['guild', 'trace']),
}

const frozenTrace = z.object({
  traceId: z.string().refine((id) => parseTraceId(id) === id),
  summary: traceSummarySchema,
  guilds: list(guildId, 100_000),
  why: list(z.enum(['chosen', 'slowest', 'longest-wait', 'sample', 'pinned-later']), 5),
  spans: count,
  weight: z.number().min(-1),
  piece: pieceOf('trace@1'),
}) satisfies z.ZodType<FrozenTrace>

const retention = z.object({
  minutes: z.number(),
  largeDays: z.number(),
  largestGuilds: z.number(),
  holdHours: z.number(),
  diskCapBytes: z.number(),
})

const schema = z.object({
  kind: z.literal('guildscope.evidence'),
  v: z.literal(MANIFEST_VERSION),
  frozenAtMs: timeMs,
  madeBy: text,
  minutes: list(
    z.object({
      side: sideSchema,
      role: z.enum(['range', 'hour-before', 'day-before', 'week-before']),
      piece: pieceOf('minutes@1'),
    }),
  ),
  flames: list(z.object({ ...flameQuery, piece: pieceOf('flame@1') })),
  lists: list(z.object({ side: sideSchema, total: count.optional(), piece: pieceOf('trace-list@1') })),
  traces: list(frozenTrace),
  sample: z.object({ words: text, population: count, taken: count }).optional(),
  sources: list(z.object({ name: text, ok: z.boolean(), facts: list(text, 1_000) }), 1_000),
  retention: retention.optional(),
  missing: list(z.object({ what: text, reason: text })),
  redacted: list(z.object({ key: text, how: z.enum(['dropped', 'hashed']) })).optional(),
  redactionNotes: list(text, 1_000).optional(),
}) satisfies z.ZodType<Manifest>

/** A manifest of any version up to ours, from parsed JSON. */
export function parseManifest(json: unknown): Result<Manifest> {
  if (!isRecord(json) || json.kind !== 'guildscope.evidence')
    return unreadable('evidence manifest', 'is not one of Guildscope’s')
  const upgraded = upgrade(json, json.v)
  if (!upgraded.ok) return upgraded
  const newer = newerPiece(upgraded.value)
  if (newer !== undefined) return newer
  const parsed = schema.safeParse(upgraded.value)
  if (parsed.success) return ok(parsed.data)
  const where = parsed.error.issues[0]?.path.join('.') ?? ''
  return unreadable('evidence manifest', `is not valid${where === '' ? '' : ` (at ${where.slice(0, 100)})`}`)
}

/** A piece of a format that is newer than ours deserves a better sentence than that the manifest is not valid. */
function newerPiece(json: unknown): Result<never> | undefined {
  if (!isRecord(json)) return undefined
  for (const part of [json.minutes, json.flames, json.lists, json.traces]) {
    if (!Array.isArray(part)) continue
    for (const each of part) {
      const piece: unknown = isRecord(each) ? each.piece : undefined
      if (!isRecord(piece) || typeof piece.format !== 'string') continue
      const format = readPieceFormat(piece.format)
      if (!format.ok) return format
    }
  }
  return undefined
}

/** All pieces that a manifest names, each once. */
export function piecesOf(manifest: Manifest): PieceRef[] {
  const { minutes, flames, lists, traces } = manifest
  const all = [...minutes, ...flames, ...lists, ...traces].map((each) => each.piece)
  return [...new Map(all.map((piece) => [piece.sha256, piece])).values()]
}

/**
 * The one way a manifest is written: keys in the order of the alphabet at every level, no spaces, absent fields left out. The same
 * manifest always has the same bytes, and so the same SHA-256.
 */
export function manifestBytes(manifest: Manifest): Uint8Array<ArrayBuffer> {
  return encodeUtf8(canonicalJson(manifest))
}

export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (!isRecord(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
  })
}
