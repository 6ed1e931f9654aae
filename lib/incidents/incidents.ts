/**
 * Incidents of one data folder: logs, frozen evidence, freezes. Stands beside the embedded store and needs nothing of it to read what is
 * frozen.
 */
import path from 'node:path'
import { fail, ok, type Result } from '../base/result.ts'
import type { StateTables } from '../clickstore/state.ts'
import type { Damage, ImportAnswer, ListAnswer, RedactionAnswer } from '../evidence/answers.ts'
import { attributeKeysOf } from '../evidence/attribute-keys.ts'
import type { Manifest, Redaction } from '../evidence/manifest.ts'
import type { EvidenceReader } from '../evidence/reader.ts'
import type { FreezeRequest, PinRequest, SourcesChosen } from '../model/freeze.ts'
import type { Author, Change, Entry, Incident, IncidentSummary } from '../model/incident.ts'
import type { RetentionSettings } from '../model/instance.ts'
import type { AttributeMapping } from '../model/span-batch.ts'
import { BlobFiles } from './blob-files.ts'
import type { EvidenceStore } from './blobs.ts'
import type { Sources } from './collect.ts'
import { DamageWatch } from './damage.ts'
import { type Disk, diskFailure, REAL_DISK, StorageFailure } from './durable.ts'
import { type ExportFile, type ExportFormat, exportFile, exportRedacted } from './export.ts'
import { type ExportContent, exportContent } from './export-content.ts'
import { type FreezeContext, freeze, pinMore } from './freeze.ts'
import { FreezeJobs } from './freeze-jobs.ts'
import { importArchive } from './import-archive.ts'
import { LogFiles } from './log-files.ts'
import { IncidentLogs, type IncidentState } from './logs.ts'
import { ManifestIndex } from './manifest-index.ts'
import { readManifest } from './read-manifest.ts'
import { Readers } from './readers.ts'
import { type RedactedCopy, type RedactedParts, withRedactedCopy } from './redacted-copy.ts'
import { blobsOf, type GuestManifests, type Kept, manifestsInFiles, manifestsOf, neededBy } from './references.ts'
import { GuestRecords } from './shared/guest-records.ts'
import { SharedBlobs } from './shared/shared-blobs.ts'
import { SharedFreezes } from './shared/shared-freezes.ts'
import { SharedLinks } from './shared/shared-links.ts'
import { SharedLogs } from './shared/shared-logs.ts'
import { LinkFiles, ShortLinks } from './short-links.ts'

const SWEEP_MS = 6 * 3_600_000

export interface IncidentsConfig {
  /** The data folder; incidents live in `incidents` below it. */
  readonly dataDir: string
  /** Of the application, for manifests and archives. */
  readonly version: string
  /** Where evidence is copied from, as the view that is frozen chose. */
  readonly sources: (choice: SourcesChosen) => Result<Sources>
  readonly retention: RetentionSettings
  /** Which attribute keys name what, for redaction. */
  readonly mapping: AttributeMapping
  readonly disk?: Disk
  /** Where all copies keep what people make; without it, in the data folder. */
  readonly shared?: StateTables
}

/** `unavailable` where the folder cannot be made or read. */
export async function openIncidents(config: IncidentsConfig): Promise<Result<Incidents>> {
  const folder = path.join(config.dataDir, 'incidents')
  try {
    const incidents = new Incidents(config, folder)
    if (config.shared === undefined) await incidents.sweep()
    else incidents.sweepNowAndThen()
    return ok(incidents)
  } catch (error) {
    return diskFailure(error, 'The folder of incidents cannot be opened')
  }
}

/** An incident and what is known of its evidence; without a manifest that can be read, `damaged` says so. */
export interface OpenedIncident {
  readonly incident: Incident
  readonly manifest?: Manifest
  readonly damaged: readonly Damage[]
}

export class Incidents {
  /** Where an archive lies while it is read. */
  readonly #scratch: string
  readonly #guests: GuestManifests
  readonly #freezeBoard: SharedFreezes | undefined
  #sweeping: NodeJS.Timeout | undefined
  readonly #context: Omit<FreezeContext, 'sources'>
  readonly #sources: IncidentsConfig['sources']
  /** Additions to one incident follow each other: each builds on the manifest of the one before. */
  readonly #pins = new Map<string, Promise<unknown>>()
  readonly logs: IncidentLogs
  readonly evidence: EvidenceStore
  readonly freezes: FreezeJobs
  readonly #damage: DamageWatch
  readonly #index: ManifestIndex
  readonly #mapping: AttributeMapping
  readonly #readers: Readers
  readonly shortLinks: ShortLinks

  constructor(config: IncidentsConfig, folder: string) {
    const disk = config.disk ?? REAL_DISK
    const { shared } = config
    this.#scratch = folder
    this.logs = new IncidentLogs(shared === undefined ? new LogFiles(folder, disk) : new SharedLogs(shared))
    this.evidence = shared === undefined ? new BlobFiles(path.join(folder, 'blobs'), disk) : new SharedBlobs(shared)
    this.#guests = shared === undefined ? manifestsInFiles(folder) : (id) => new GuestRecords(shared).manifests(id)
    this.#mapping = config.mapping
    this.#freezeBoard = shared === undefined ? undefined : new SharedFreezes(shared)
    this.freezes = new FreezeJobs(this.#freezeBoard)
    this.#index = new ManifestIndex(this.evidence)
    this.#damage = new DamageWatch(this.evidence)
    this.#readers = new Readers(this.evidence)
    this.shortLinks = new ShortLinks(
      config.shared === undefined ? new LinkFiles(path.join(folder, 'short'), disk) : new SharedLinks(config.shared),
    )
    const { retention, version } = config
    this.#sources = config.sources
    this.#context = { retention, version, logs: this.logs, evidence: this.evidence }
  }

  /** All, or those about `guild`, or those that have `trace` frozen. */
  async list(only: { readonly guild?: string; readonly trace?: string } = {}): Promise<Result<ListAnswer>> {
    const all = await this.logs.list()
    if (!all.ok) return all
    const { guild, trace } = only
    const incidents: IncidentSummary[] = []
    for (const summary of all.value.incidents) {
      if (guild !== undefined && !summary.sides.some((side) => side.guildId === guild)) continue
      if (trace !== undefined && !(await this.#hasTrace(summary.id, trace))) continue
      incidents.push(summary)
    }
    return ok({ ...all.value, incidents })
  }

  async #hasTrace(id: string, traceId: string): Promise<boolean> {
    const state = await this.state(id)
    const named = state.ok ? await this.#index.of(state.value.incident.manifest) : state
    return named.ok && named.value.traceIds.has(traceId)
  }

  state(id: string): Promise<Result<IncidentState>> {
    return this.logs.state(id)
  }

  append(id: string, entryId: string, change: Change, by: Author): Promise<Result<Entry>> {
    return this.logs.append(id, entryId, change, by, Date.now())
  }

  /** Begins to copy evidence into a new incident; the id of the freeze. */
  freeze(request: FreezeRequest, author: Author): Result<string> {
    const sources = this.#sources(request)
    if (!sources.ok) return sources
    const context = { ...this.#context, sources: sources.value }
    return this.freezes.start((report, signal) => freeze(context, request, author, report, signal))
  }

  /** Begins to copy more into an incident. */
  async pin(id: string, request: PinRequest, author: Author): Promise<Result<string>> {
    const state = await this.state(id)
    if (!state.ok) return state
    const sources = this.#sources(request)
    if (!sources.ok) return sources
    const context = { ...this.#context, sources: sources.value }
    return this.freezes.start((report, signal) => {
      const before = this.#pins.get(id) ?? Promise.resolve()
      const work = before.then(() => pinMore(context, id, request, author, report, signal))
      const settled = work.then(
        () => undefined,
        () => undefined,
      )
      this.#pins.set(id, settled)
      void settled.then(() => {
        if (this.#pins.get(id) === settled) this.#pins.delete(id)
      })
      return work
    })
  }

  /**
   * The incident with what it has frozen; parts that cannot be read are named. `manifestSha`: what its reader may see instead of the
   * incident's own evidence (a redacted copy).
   */
  async open(id: string, manifestSha?: string): Promise<Result<OpenedIncident>> {
    const state = await this.state(id)
    if (!state.ok) return state
    const { damaged } = state.value
    const sha = manifestSha ?? state.value.incident.manifest
    const incident = { ...state.value.incident, manifest: sha }
    const manifest = await readManifest(this.evidence, sha)
    if (!manifest.ok)
      return ok({ incident, damaged: [...damaged, { what: 'What is frozen', why: manifest.failure.what }] })
    const pieces = await this.#damage.damaged(sha, manifest.value, Date.now())
    return ok({ incident, manifest: manifest.value, damaged: [...damaged, ...pieces] })
  }

  /** Answers from the evidence alone, as the live sources did. */
  async reader(id: string, manifestSha?: string): Promise<Result<EvidenceReader>> {
    const state = await this.state(id)
    return state.ok ? this.#readers.of(manifestSha ?? state.value.incident.manifest) : state
  }

  /** The bytes of a `.guildscope` archive. Nothing of one that is refused is kept. */
  async import(body: AsyncIterable<Uint8Array>, author: Author): Promise<Result<ImportAnswer>> {
    const imported = await importArchive(this.#context, this.#scratch, body, author, Date.now())
    if (imported.ok) this.#damage.forget()
    return imported
  }

  /** What an export of the incident holds; `copy`: a redacted one instead of its own evidence and log. */
  exportContent(id: string, copy?: RedactedParts): Promise<Result<ExportContent>> {
    return exportContent(this.logs, this.evidence, id, copy)
  }

  /** A copy without what was chosen, for as long as whatever `use` makes names it. */
  async redactedCopy<T>(
    id: string,
    choices: readonly Redaction[],
    use: (copy: RedactedCopy) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const state = await this.state(id)
    return state.ok ? withRedactedCopy(this.evidence, state.value, choices, use) : state
  }

  /** The incident as a file. `redact`: attribute keys that do not go out. */
  async export(
    id: string,
    format: ExportFormat,
    redact: readonly Redaction[],
    author: Author,
    publicUrl: string | undefined,
  ): Promise<Result<ExportFile>> {
    const by = { author, version: this.#context.version, publicUrl, nowMs: Date.now() }
    if (redact.length === 0) {
      const content = await this.exportContent(id)
      return content.ok ? exportFile(content.value, format, by) : content
    }
    const state = await this.state(id)
    return state.ok ? exportRedacted(this.logs, this.evidence, state.value, redact, format, by) : state
  }

  /** Which attribute keys the evidence has, how often, with examples; which are proposed to be taken out. */
  async redaction(id: string): Promise<Result<RedactionAnswer>> {
    const reader = await this.reader(id)
    if (!reader.ok) return reader
    const { manifest } = reader.value
    return ok(await attributeKeysOf(manifest, (piece) => this.evidence.piece(piece), this.#mapping))
  }

  /** `title` must be the incident's, typed again. Blobs that no other incident needs go with it. */
  async remove(id: string, title: string): Promise<Result<{ readonly removedBlobs: number }>> {
    const state = await this.state(id)
    if (!state.ok && (state.failure.kind === 'not-found' || (this.logs.shared && state.failure.source !== 'evidence')))
      return state
    // Of one whose log cannot be read nobody knows the title.
    const right = state.ok ? state.value.incident.title : id
    if (title.trim() !== right.trim())
      return fail(
        'bad-request',
        'incidents',
        `That is not the ${state.ok ? 'title' : 'id'} of the incident, so it was not deleted.`,
        state.ok ? 'Type its title exactly as it stands.' : 'Its log cannot be read: type its id instead of a title.',
      )
    const manifests = (await manifestsOf(this.logs, this.#guests, id)) ?? []
    const candidates = (await blobsOf(this.#index, manifests)) ?? new Set()
    const removed = await this.logs.remove(id)
    if (!removed.ok) return removed
    try {
      return ok({ removedBlobs: await this.evidence.removeUnneeded(candidates, neededBy(this.#kept)) })
    } catch (error) {
      return diskFailure(error, 'The incident is deleted, but its evidence waits for the next sweep')
    }
  }

  /** What crashes left behind goes. */
  async sweep(): Promise<void> {
    const swept = await this.logs.sweep()
    await this.#freezeBoard?.sweep()
    if (swept.ok) await this.evidence.sweep(neededBy(this.#kept))
  }

  /** Where it lies elsewhere nobody waits for that, and a start without it goes on. */
  sweepNowAndThen(): void {
    const sweep = () => {
      this.sweep().catch((error: unknown) => {
        const why = error instanceof StorageFailure ? error.failure.what : error
        console.error('Guildscope: what crashes left behind was not removed.', why)
      })
    }
    sweep()
    this.#sweeping = setInterval(sweep, SWEEP_MS).unref()
  }

  get #kept(): Kept {
    return { logs: this.logs, index: this.#index, guests: this.#guests }
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeping)
    await this.freezes.close()
    this.logs.close()
  }
}
