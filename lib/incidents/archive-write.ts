/**
 * An incident as one `.guildscope` file: a zip whose entries are stored as they are (blobs are gzip already). The same content gives
 * the same bytes, wherever and whenever it is written.
 *
 *   guildscope.json        what this is, and the checksum of the log
 *   log.ndjson             the log, a line an entry
 *   manifests/<sha256>     each manifest that the log names
 *   blobs/<sha256>         each piece that a manifest names
 */
import { PassThrough, Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import type { Manifest, PieceRef } from '../evidence/manifest.ts'
import { piecesIn } from '../evidence/manifest.ts'
import { canonicalJson } from '../evidence/parse-manifest.ts'
import type { Entry } from '../model/incident.ts'
import { sha256 } from './blobs.ts'
import { logLine } from './log-file.ts'

export const ARCHIVE_VERSION = 1
export const ARCHIVE_MEDIA_TYPE = 'application/vnd.guildscope.incident+zip'

/** Without a time zone in it: DOS time is local time, and this is its first moment everywhere. */
const STORED = { compress: false, mtime: new Date(1980, 0, 1), mode: 0o100644, forceDosTimestamp: true } as const

export interface ArchiveContent {
  readonly incidentId: string
  readonly entries: readonly Entry[]
  /** By SHA-256, stored bytes and what they say; every manifest that can still be read. */
  readonly manifests: ReadonlyMap<string, { readonly stored: Uint8Array; readonly manifest: Manifest }>
  /** Stored bytes, verified; undefined where the piece is damaged. */
  readonly pieceBytes: (piece: PieceRef) => Promise<Uint8Array | undefined>
}

/** What `guildscope.json` says. */
export interface ArchiveHead {
  readonly kind: 'guildscope.incident'
  readonly v: typeof ARCHIVE_VERSION
  readonly incidentId: string
  readonly madeBy: string
  /** SHA-256 of `log.ndjson`. */
  readonly log: string
  /** Manifests and pieces that could not be read any more when this was written: they are not in the archive. */
  readonly damaged: readonly string[]
}

/** The file as a stream; it never stands in memory whole. An error while it is written ends the stream with it. */
export async function writeArchive(content: ArchiveContent, madeBy: string): Promise<Readable> {
  const { incidentId, entries, manifests } = content
  const log = new Uint8Array(Buffer.from(entries.map(logLine).join('')))
  const named = new Set(manifestsNamed(entries))
  const pieces = new Map<string, PieceRef>()
  for (const { manifest } of manifests.values()) for (const piece of piecesIn(manifest)) pieces.set(piece.sha256, piece)
  const damaged = [...named].filter((sha) => !manifests.has(sha))
  for (const piece of pieces.values()) if ((await content.pieceBytes(piece)) === undefined) damaged.push(piece.sha256)
  const lost = new Set(damaged)
  const head: ArchiveHead = {
    kind: 'guildscope.incident',
    v: ARCHIVE_VERSION,
    incidentId,
    madeBy,
    log: await sha256(log),
    damaged: [...lost].sort(),
  }
  const zip = new ZipFile()
  const out = new PassThrough()
  zip.on('error', (error: Error) => out.destroy(error))
  zip.outputStream.on('error', (error: Error) => out.destroy(error))
  zip.outputStream.pipe(out)
  zip.addBuffer(Buffer.from(`${canonicalJson(head)}\n`), 'guildscope.json', STORED)
  zip.addBuffer(Buffer.from(log), 'log.ndjson', STORED)
  for (const [sha, { stored }] of [...manifests].sort(byName))
    zip.addBuffer(Buffer.from(stored), `manifests/${sha}`, STORED)
  for (const [sha, piece] of [...pieces].sort(byName)) {
    if (lost.has(sha)) continue
    zip.addReadStreamLazy(`blobs/${sha}`, { ...STORED, size: piece.storedBytes }, (give) => {
      content.pieceBytes(piece).then(
        (bytes) => {
          if (bytes === undefined)
            give(new Error(`the piece ${sha} was damaged while the archive was written`), Readable.from([]))
          else give(undefined, Readable.from([bytes], { objectMode: false }))
        },
        (error) => give(error, Readable.from([])),
      )
    })
  }
  zip.end()
  return out
}

/** Every manifest the log names, in order. */
export function manifestsNamed(entries: readonly Entry[]): readonly string[] {
  const named = entries.flatMap(({ change }) =>
    change.kind === 'created' || change.kind === 'evidence-added' ? [change.manifest] : [],
  )
  return [...new Set(named)]
}

function byName(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0
}
