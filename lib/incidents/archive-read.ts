/**
 * Reads a `.guildscope` archive that may be hostile. Everything is checked before anything is kept: names, sizes, checksums, the log,
 * the manifests, and every piece is opened once. The first thing that is wrong refuses the whole archive, in a sentence.
 */
import type { Readable } from 'node:stream'
import { openPromise, type Entry as ZipEntry, type ZipFile } from 'yauzl'
import { z } from 'zod'
import { formatBytes, formatExact } from '../base/format.ts'
import { fail, ok, type Result } from '../base/result.ts'
import { foldLog } from '../evidence/incident-log.ts'
import { type Manifest, type PieceRef, piecesIn } from '../evidence/manifest.ts'
import { checkPiece } from '../evidence/pieces.ts'
import type { Entry } from '../model/incident.ts'
import { ARCHIVE_VERSION, manifestsNamed } from './archive-write.ts'
import { type Batch, inflate, PIECE_BYTES_MAX, sha256 } from './blobs.ts'
import { codeOf } from './durable.ts'
import { INCIDENT_ID } from './ids.ts'
import { LOG_BYTES_MAX, parseLog } from './log-file.ts'
import { MANIFEST_BYTES_MAX, openManifest } from './read-manifest.ts'

export const ARCHIVE_BYTES_MAX = 512 * 2 ** 20
const ENTRIES_MAX = 20_000
/** Entries may be compressed (somebody packed the files again), but not to more than this in all. */
const UNPACKED_MAX = 1024 * 2 ** 20
const NAME = /^(?:guildscope\.json|log\.ndjson|(manifests|blobs)\/([0-9a-f]{64}))$/

const sha = z.string().regex(/^[0-9a-f]{64}$/)
const head = z.object({
  kind: z.literal('guildscope.incident'),
  v: z.literal(ARCHIVE_VERSION),
  incidentId: z.string().regex(INCIDENT_ID),
  madeBy: z.string().max(100),
  log: sha,
  damaged: z.array(sha).max(ENTRIES_MAX),
})
const anyHead = z.object({ kind: z.literal('guildscope.incident'), v: z.number() })

export interface ReadArchive {
  readonly incidentId: string
  readonly entries: readonly Entry[]
}

class Refused extends Error {
  readonly tryThis: string
  constructor(what: string, tryThis = 'Ask for the archive again; it may have been damaged or changed on its way.') {
    super(what)
    this.tryThis = tryThis
  }
}

/** Checks the archive in `file` and puts its blobs into `batch`, which the caller keeps or drops. Throws what the disk says. */
export async function readArchive(file: string, batch: Batch): Promise<Result<ReadArchive>> {
  let zip: ZipFile | undefined
  try {
    zip = await openPromise(file, {
      autoClose: false,
      decodeStrings: true,
      strictFileNames: true,
      validateEntrySizes: true,
    })
    return ok(await checked(new Files(zip, await entriesOf(zip)), batch))
  } catch (error) {
    if (error instanceof Refused) return refuse(error.message, error.tryThis)
    // Errors with a code are the system's; what the zip reader finds wrong has none.
    if (!(error instanceof Error) || isSystem(error)) throw error
    return refuse(zip === undefined ? notZip(error) : `The archive is damaged: ${plain(error.message)}.`)
  } finally {
    zip?.close()
  }
}

function refuse(what: string, tryThis = new Refused('').tryThis): Result<never> {
  return fail('bad-request', 'archive', `${what} Nothing of it was kept.`, tryThis)
}

function isSystem(error: Error): boolean {
  const code = codeOf(error)
  return code !== '' && !code.startsWith('Z_')
}

function notZip(error: Error): string {
  return /end of central directory/i.test(error.message)
    ? 'This is not a .guildscope archive, or its end is missing.'
    : `This is not a .guildscope archive: ${plain(error.message)}.`
}

function plain(message: string): string {
  return message.replace(/\.$/, '').slice(0, 200)
}

async function entriesOf(zip: ZipFile): Promise<ReadonlyMap<string, ZipEntry>> {
  if (zip.entryCount > ENTRIES_MAX)
    throw new Refused(
      `The archive holds ${formatExact(zip.entryCount)} files; at most ${formatExact(ENTRIES_MAX)} are read.`,
    )
  const entries = new Map<string, ZipEntry>()
  let unpacked = 0
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName
    if (!NAME.test(name))
      throw new Refused(`The archive holds a file that does not belong there (“${name.slice(0, 100)}”).`)
    if (entries.has(name)) throw new Refused(`The archive holds “${name}” twice.`)
    if (!entry.canDecodeFileData())
      throw new Refused(`The archive holds “${name}” encrypted, or packed in an unknown way.`)
    unpacked += entry.uncompressedSize
    if (unpacked > UNPACKED_MAX || entry.uncompressedSize > PIECE_BYTES_MAX)
      throw new Refused(`The archive would unpack to more than ${formatBytes(UNPACKED_MAX)}.`)
    entries.set(name, entry)
    if (entries.size > ENTRIES_MAX) throw new Refused(`The archive holds more than ${formatExact(ENTRIES_MAX)} files.`)
  }
  return entries
}

/** The files of an archive, each read whole within the size it states. */
class Files {
  readonly #zip: ZipFile
  readonly #entries: ReadonlyMap<string, ZipEntry>

  constructor(zip: ZipFile, entries: ReadonlyMap<string, ZipEntry>) {
    this.#zip = zip
    this.#entries = entries
  }

  get names(): Iterable<string> {
    return this.#entries.keys()
  }

  has(name: string): boolean {
    return this.#entries.has(name)
  }

  async read(name: string, most: number): Promise<Uint8Array<ArrayBuffer>> {
    const entry = this.#entries.get(name)
    if (entry === undefined) throw new Refused(`The archive lacks “${name}”.`)
    if (entry.uncompressedSize > most)
      throw new Refused(`“${name}” is larger than ${formatBytes(most)}, more than any such file.`)
    const stream: Readable = await this.#zip.openReadStreamPromise(entry)
    const bytes = new Uint8Array(entry.uncompressedSize)
    let at = 0
    for await (const chunk of stream) {
      const part: Uint8Array = chunk
      if (at + part.byteLength > bytes.byteLength) throw new Refused(`“${name}” holds more than it states.`)
      bytes.set(part, at)
      at += part.byteLength
    }
    if (at !== bytes.byteLength) throw new Refused(`“${name}” ends too early.`)
    return bytes
  }

  /** A file named by its checksum. */
  async blob(folder: 'manifests' | 'blobs', name: string, most: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.read(`${folder}/${name}`, most)
    if ((await sha256(bytes)) !== name)
      throw new Refused(`“${folder}/${name.slice(0, 12)}…” does not match its checksum.`)
    return bytes
  }
}

async function checked(files: Files, batch: Batch): Promise<ReadArchive> {
  const { incidentId, log, damaged } = await headOf(files)
  const lost = new Set(damaged)
  const logBytes = await files.read('log.ndjson', LOG_BYTES_MAX)
  if ((await sha256(logBytes)) !== log) throw new Refused('The log of the archive does not match its checksum.')
  const entries = entriesIn(logBytes)
  const folded = foldLog(incidentId, entries)
  if (!folded.ok) throw new Refused(folded.failure.what, folded.failure.tryThis)

  const named = manifestsNamed(entries)
  const pieces = new Map<string, PieceRef>()
  for (const name of named) {
    if (lost.has(name)) continue
    const stored = await files.blob('manifests', name, MANIFEST_BYTES_MAX)
    const manifest = await openManifest(stored)
    if (!manifest.ok) throw new Refused(manifest.failure.what, manifest.failure.tryThis)
    addPieces(pieces, manifest.value)
    await batch.putStored(stored, true)
  }
  for (const piece of pieces.values()) {
    if (lost.has(piece.sha256)) continue
    const stored = await files.blob('blobs', piece.sha256, PIECE_BYTES_MAX)
    if (stored.byteLength !== piece.storedBytes)
      throw new Refused(
        `A piece has ${formatExact(stored.byteLength)} bytes instead of the stated ${formatExact(piece.storedBytes)}.`,
      )
    const bytes = await inflate(stored, piece.bytes, `the piece ${piece.sha256.slice(0, 12)}…`)
    const opened = bytes.ok ? checkPiece(piece, bytes.value) : bytes
    if (!opened.ok) throw new Refused(opened.failure.what, opened.failure.tryThis)
    await batch.putStored(stored, true)
    // Opening a piece is work for this thread: others get their turn in between.
    await new Promise((resolve) => setImmediate(resolve))
  }
  for (const name of files.names) {
    const [, folder, id] = NAME.exec(name) ?? []
    const known = folder === undefined || (folder === 'manifests' ? named.includes(id) : pieces.has(id))
    if (!known || lost.has(id ?? ''))
      throw new Refused(`The archive holds “${name.slice(0, 30)}…”, which nothing in it names.`)
  }
  return { incidentId, entries }
}

/** One piece under two references that say different things would be checked as one and read as the other. */
function addPieces(pieces: Map<string, PieceRef>, manifest: Manifest): void {
  for (const piece of piecesIn(manifest)) {
    const known = pieces.get(piece.sha256)
    if (known !== undefined && (known.bytes !== piece.bytes || known.format !== piece.format))
      throw new Refused(`The piece ${piece.sha256.slice(0, 12)}… is described in two ways.`)
    pieces.set(piece.sha256, piece)
  }
}

async function headOf(files: Files) {
  if (!files.has('guildscope.json')) throw new Refused('This is a zip file, but not a .guildscope archive.')
  const json = jsonOf(await files.read('guildscope.json', 4 * 2 ** 20))
  const any = anyHead.safeParse(json)
  if (!any.success) throw new Refused('The archive does not say that it holds an incident.')
  if (any.data.v > ARCHIVE_VERSION)
    throw new Refused(
      `The archive was written by a newer Guildscope (version ${formatExact(any.data.v)}; this one reads up to ${ARCHIVE_VERSION}).`,
      'Update this instance, then import it again.',
    )
  const parsed = head.safeParse(json)
  if (!parsed.success) throw new Refused('The archive’s description of itself (guildscope.json) is not valid.')
  return parsed.data
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new Refused('The archive’s description of itself (guildscope.json) is not JSON.')
  }
}

/** Two copies of the application may have given the same place: then the ids decide. */
function follows(entry: Entry, before: Entry): boolean {
  return entry.seq > before.seq || (entry.seq === before.seq && entry.id > before.id)
}

function entriesIn(bytes: Uint8Array): readonly Entry[] {
  const log = parseLog(bytes)
  const [first] = log.damaged
  if (first !== undefined) throw new Refused(`${first.what} cannot be read. ${first.why}`)
  if (log.tornBytes > 0) throw new Refused('The log of the archive ends in the middle of a change.')
  const ids = new Set<string>()
  for (const [i, entry] of log.entries.entries()) {
    if (i > 0 && !follows(entry, log.entries[i - 1]))
      throw new Refused(`Change ${formatExact(i + 1)} of the log is out of order.`)
    if ((entry.change.kind === 'created') !== (i === 0))
      throw new Refused('The log does not begin with how the incident was made, or does so twice.')
    if (ids.has(entry.id)) throw new Refused(`Change ${formatExact(i + 1)} of the log stands in it twice.`)
    ids.add(entry.id)
  }
  return log.entries
}
