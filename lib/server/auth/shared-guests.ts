/** Guest links in ClickHouse: made at one copy, opened and revoked at any. */
import { z } from 'zod'
import { ok, type Result } from '../../base/result.ts'
import type { KeptRecord } from '../../clickstore/records.ts'
import type { StateTables } from '../../clickstore/state.ts'
import { INCIDENT_ID } from '../../incidents/ids.ts'
import { noIncident, parseLog } from '../../incidents/log-file.ts'
import { GuestRecords } from '../../incidents/shared/guest-records.ts'
import { logOf, recordsOf, SharedLogs } from '../../incidents/shared/shared-logs.ts'
import { type FoundLink, type GuestStorage, type KeptLink, keptLink } from './guest-links.ts'
import { newId } from './secrets.ts'
import { FRESH_MS, parsed } from './shared-access.ts'

const REMEMBERED = 1_000
const LINK_ID = /^[\w-]{1,100}$/

const made = keptLink.extend({ v: z.literal(1), incidentId: z.string() })
const revoked = z.object({ v: z.literal(1), revokedMs: z.number() })

export function sharedGuests(tables: StateTables, now: () => number = Date.now): GuestStorage {
  const records = new GuestRecords(tables)
  const logs = new SharedLogs(tables)
  /** A guest's page asks many times: what was answered counts for a second. */
  const remembered = new Map<string, { readonly atMs: number; readonly found: FoundLink | undefined }>()

  const find = async (linkId: string): Promise<Result<FoundLink | undefined>> => {
    if (!LINK_ID.test(linkId)) return ok(undefined)
    const known = remembered.get(linkId)
    if (known !== undefined && now() - known.atMs < FRESH_MS) return ok(known.found)
    const all = await records.links.of([linkId])
    if (!all.ok) return all
    const found = linkIn(all.value.get(linkId) ?? [])
    remembered.delete(linkId)
    remembered.set(linkId, { atMs: now(), found })
    for (const oldest of remembered.keys()) {
      if (remembered.size <= REMEMBERED) break
      remembered.delete(oldest)
    }
    return ok(found)
  }

  return {
    find,
    async incidentIsThere(incidentId) {
      if (!INCIDENT_ID.test(incidentId)) return ok(false)
      const stamps = await logs.stamps([incidentId])
      return stamps.ok ? ok(stamps.value.has(incidentId)) : stamps
    },
    async list(incidentId) {
      if (!INCIDENT_ID.test(incidentId)) return ok([])
      const ids = await records.idsOf(incidentId)
      if (!ids.ok) return ids
      const links = await records.links.of(ids.value)
      if (!links.ok) return links
      const counts = await records.openings.counts(ids.value)
      if (!counts.ok) return counts
      const kept: KeptLink[] = []
      for (const [linkId, all] of links.value) {
        const link = linkIn(all)?.link
        if (link === undefined) continue
        const opened = counts.value.get(linkId)
        kept.push(opened === undefined ? link : { ...link, opens: opened.count, lastOpenedMs: opened.newestMs })
      }
      return ok(kept.sort((a, b) => a.createdMs - b.createdMs || (a.linkId < b.linkId ? -1 : 1)))
    },
    async add(incidentId, link, log) {
      const { linkId } = link
      // The link itself last: without it the others are nothing.
      const entries = log === undefined ? [] : parseLog(Buffer.from(log)).entries
      const logged = await records.logs.add(recordsOf(linkId, entries))
      if (!logged.ok) return logged
      const row = { seq: 0, head: true } as const
      const listed = await records.ofIncident.add([{ ...row, key: incidentId, id: linkId, body: '' }])
      if (!listed.ok) return listed
      const body = JSON.stringify({ ...link, v: 1, incidentId })
      const added = await records.links.add([{ ...row, key: linkId, id: 'made', body }])
      remembered.delete(linkId)
      return added
    },
    async revoke({ link: { linkId } }, revokedMs) {
      const body = JSON.stringify({ v: 1, revokedMs })
      const added = await records.links.add([{ key: linkId, seq: 1, id: `revoked-${newId()}`, head: false, body }])
      remembered.delete(linkId)
      return added
    },
    opened: ({ link: { linkId } }) =>
      records.openings.add([{ key: linkId, seq: 0, id: newId(), head: true, body: '' }]),
    async log({ link: { linkId } }) {
      const found = await records.logs.of([linkId])
      if (!found.ok) return found
      const all = found.value.get(linkId)
      if (all === undefined) return noIncident()
      const { entries, damaged, bytes } = logOf(all, '')
      return ok({ entries, damaged, wholeBytes: bytes, tornBytes: 0 })
    },
    settled: async () => undefined,
  }
}

/** A link of several revocations was revoked by the first. */
function linkIn(all: readonly KeptRecord[]): FoundLink | undefined {
  const head = all.find((record) => record.head)
  const read = head === undefined ? undefined : parsed(made, head.body)
  if (read === undefined) return undefined
  const { v: _, incidentId, ...link } = read
  const ends = all.flatMap((record) => (record.head ? [] : [parsed(revoked, record.body)?.revokedMs ?? record.atMs]))
  return { incidentId, link: ends.length === 0 ? link : { ...link, revokedMs: Math.min(...ends) } }
}
