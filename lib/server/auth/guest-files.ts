/** Guest links as files of the incidents' own folders: `links.json`, and the log of each redacted copy. */
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { ok, type Result } from '../../base/result.ts'
import { parseLog, readLog } from '../../incidents/log-file.ts'
import { type FoundLink, type GuestStorage, type KeptLink, keptLink } from './guest-links.ts'
import { readPrivate, writePrivate, writePrivateText } from './private-file.ts'

const schema = z.object({ v: z.literal(1), links: z.array(keptLink) })

/** Ids become folder names: nothing else may. */
const SAFE_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/

export function guestFiles(incidentsDir: string): GuestStorage {
  const byIncident = new Map<string, KeptLink[]>()
  const byId = new Map<string, FoundLink>()
  const fileOf = (incidentId: string) => path.join(/* turbopackIgnore: true */ incidentsDir, incidentId, 'links.json')
  for (const incidentId of foldersOf(incidentsDir)) {
    try {
      const links = readPrivate(fileOf(incidentId), schema)?.links ?? []
      byIncident.set(incidentId, links)
      for (const link of links) byId.set(link.linkId, { incidentId, link })
    } catch (error) {
      console.error(
        `Guildscope: the guest links of incident ${incidentId} are closed. ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }
  let writing: Promise<void> = Promise.resolve()
  const save = async (incidentId: string): Promise<Result<undefined>> => {
    const next = writing
      .catch(() => undefined)
      .then(async () => {
        // An incident that was deleted meanwhile must not come back as a folder with nothing but links.
        if (isThere(incidentId))
          await writePrivate(fileOf(incidentId), { v: 1, links: byIncident.get(incidentId) ?? [] })
      })
    writing = next
    await next
    return ok(undefined)
  }
  const logFileOf = (incidentId: string, linkId: string) =>
    path.join(/* turbopackIgnore: true */ incidentsDir, incidentId, `guest-${linkId}.ndjson`)
  const isThere = (incidentId: string) =>
    SAFE_ID.test(incidentId) &&
    existsSync(path.join(/* turbopackIgnore: true */ incidentsDir, incidentId, 'log.ndjson'))

  return {
    incidentIsThere: async (incidentId) => ok(isThere(incidentId)),
    list: async (incidentId) => ok(byIncident.get(incidentId) ?? []),
    find: async (linkId) => ok(byId.get(linkId)),
    async add(incidentId, link, log) {
      if (log !== undefined) await writePrivateText(logFileOf(incidentId, link.linkId), log)
      byIncident.set(incidentId, [...(byIncident.get(incidentId) ?? []), link])
      byId.set(link.linkId, { incidentId, link })
      return save(incidentId)
    },
    revoke({ incidentId, link }, atMs) {
      link.revokedMs = atMs
      return save(incidentId)
    },
    opened({ incidentId, link }, atMs) {
      link.opens++
      link.lastOpenedMs = atMs
      return save(incidentId)
    },
    async log({ incidentId, link }) {
      const bytes = await readLog(logFileOf(incidentId, link.linkId))
      return bytes.ok ? ok(parseLog(bytes.value)) : bytes
    },
    settled: () => writing.catch(() => undefined),
  }
}

function foldersOf(folder: string): readonly string[] {
  if (!existsSync(/* turbopackIgnore: true */ folder)) return []
  return readdirSync(/* turbopackIgnore: true */ folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && SAFE_ID.test(entry.name))
    .map((entry) => entry.name)
}
