/**
 * Incidents of one data folder: logs, frozen evidence, freezes. Stands beside the embedded store and needs nothing of it to read what is
 * frozen.
 */
import path from 'node:path'
import { ok, type Result } from '../base/result.ts'
import type { ListAnswer } from '../evidence/answers.ts'
import type { Author, Change, Entry } from '../model/incident.ts'
import type { RetentionSettings } from '../model/instance.ts'
import type { TimingsSource } from '../sources/timings-source.ts'
import type { TraceSource } from '../sources/trace-source.ts'
import { EvidenceStore } from './blobs.ts'
import { type Disk, diskFailure, REAL_DISK } from './durable.ts'
import { FreezeJobs } from './freeze-jobs.ts'
import { IncidentLogs, type IncidentState } from './logs.ts'

export interface IncidentsConfig {
  /** The data folder; incidents live in `incidents` below it. */
  readonly dataDir: string
  /** Of the application, for manifests and archives. */
  readonly version: string
  readonly traces: TraceSource
  readonly timings: TimingsSource
  readonly retention: RetentionSettings
  readonly disk?: Disk
}

/** `unavailable` where the folder cannot be made or read. */
export async function openIncidents(config: IncidentsConfig): Promise<Result<Incidents>> {
  const folder = path.join(config.dataDir, 'incidents')
  try {
    const incidents = new Incidents(config, folder)
    await incidents.logs.sweep()
    return ok(incidents)
  } catch (error) {
    return diskFailure(error, 'The folder of incidents cannot be opened')
  }
}

export class Incidents {
  readonly folder: string
  readonly logs: IncidentLogs
  readonly evidence: EvidenceStore
  readonly freezes = new FreezeJobs()

  constructor(config: IncidentsConfig, folder: string) {
    const disk = config.disk ?? REAL_DISK
    this.folder = folder
    this.logs = new IncidentLogs(folder, disk)
    this.evidence = new EvidenceStore(path.join(folder, 'blobs'), disk)
  }

  list(): Promise<ListAnswer> {
    return this.logs.list()
  }

  state(id: string): Promise<Result<IncidentState>> {
    return this.logs.state(id)
  }

  append(id: string, entryId: string, change: Change, by: Author): Promise<Result<Entry>> {
    return this.logs.append(id, entryId, change, by, Date.now())
  }

  async close(): Promise<void> {
    await this.freezes.close()
  }
}
