/** `trace-list@1`: the JSON of `Page<TraceSummary>`. */
import * as z from 'zod'
import { ok, type Result } from '../base/result.ts'
import type { Page, TraceSummary } from '../model/trace-list.ts'
import { type Json, jsonBytes, recordIn } from './json-checks.ts'
import { type Upgrade, unreadable, upgradeChain } from './versions.ts'

export const TRACE_LIST_VERSION = 1
const UPGRADES: readonly Upgrade<Json>[] = []
const upgrade = upgradeChain('frozen list of traces', TRACE_LIST_VERSION, UPGRADES)

/** A list holds at most so many traces, and says how many there were. */
export const TRACE_LIST_MAX = 5_000

const atLeast = (least: number) => z.number().min(least)
const count = z.int().min(0)
/** −1: the source does not tell. */
const countOrUnknown = z.int().min(-1)

export const traceSummarySchema = z.object({
  source: z.string(),
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  startMs: atLeast(0).max(8.64e15),
  durationNs: atLeast(0),
  spanCount: countOrUnknown,
  errorCount: countOrUnknown,
  rootName: z.string(),
  rootService: z.string(),
  action: z.string(),
  guildId: z.string().optional(),
  complete: z.boolean(),
  waitNs: atLeast(-1),
  weight: atLeast(-1),
}) satisfies z.ZodType<TraceSummary>

const page = z.object({
  items: z.array(traceSummarySchema).max(TRACE_LIST_MAX),
  total: count.optional(),
  notes: z.array(z.string()).max(1_000),
})

/** Of a longer list the first `TRACE_LIST_MAX`; `total` and the notes say what is missing. */
export function encodeTraceList(list: Page<TraceSummary>): Uint8Array<ArrayBuffer> {
  const items = list.items.slice(0, TRACE_LIST_MAX)
  return jsonBytes({ items, total: list.total, notes: list.notes })
}

export function decodeTraceList(bytes: Uint8Array, version: number): Result<Page<TraceSummary>> {
  const json = recordIn(bytes)
  if (json === undefined) return unreadable('frozen list of traces', 'is not a JSON object')
  const upgraded = upgrade(json, version)
  if (!upgraded.ok) return upgraded
  const parsed = page.safeParse(upgraded.value)
  return parsed.success ? ok(parsed.data) : unreadable('frozen list of traces', 'has fields that do not fit together')
}
