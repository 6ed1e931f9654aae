/** Records of guest links, of which incidents need to know little: which manifests they show, and that they go with their incident. */
import { z } from 'zod'
import { ok, type Result } from '../../base/result.ts'
import { Records } from '../../clickstore/records.ts'
import type { StateTables } from '../../clickstore/state.ts'

const shown = z.object({ manifest: z.string().optional() })

export class GuestRecords {
  /** By link: how it was made, and that it was revoked. */
  readonly links: Records
  /** By incident: the ids of its links. */
  readonly ofIncident: Records
  /** By link: a record an opening, so that no copy overwrites another's count. */
  readonly openings: Records
  /** By link: the entries of a redacted copy's log. */
  readonly logs: Records

  constructor(tables: StateTables) {
    this.links = new Records(tables, 'guest-link')
    this.ofIncident = new Records(tables, 'guest-links-of')
    this.openings = new Records(tables, 'guest-opening')
    this.logs = new Records(tables, 'guest-log')
  }

  async idsOf(incidentId: string): Promise<Result<readonly string[]>> {
    const found = await this.ofIncident.of([incidentId])
    return found.ok ? ok((found.value.get(incidentId) ?? []).map(({ id }) => id)) : found
  }

  async manifests(incidentId: string): Promise<Result<readonly string[]>> {
    const ids = await this.idsOf(incidentId)
    if (!ids.ok) return ids
    const links = await this.links.of(ids.value)
    if (!links.ok) return links
    const manifests: string[] = []
    for (const records of links.value.values()) {
      for (const { head, body } of records) {
        const { manifest } = head ? shown.parse(JSON.parse(body)) : {}
        if (manifest !== undefined) manifests.push(manifest)
      }
    }
    return ok(manifests)
  }

  async remove(incidentId: string): Promise<Result<undefined>> {
    const ids = await this.idsOf(incidentId)
    if (!ids.ok || ids.value.length === 0) return ids.ok ? ok(undefined) : ids
    for (const records of [this.links, this.openings, this.logs]) {
      const removed = await records.remove(ids.value)
      if (!removed.ok) return removed
    }
    return this.ofIncident.remove([incidentId])
  }
}
