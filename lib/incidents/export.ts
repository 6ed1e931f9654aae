/** An incident as a file to hand over. */
import { Readable } from 'node:stream'
import { fail, ok, type Result } from '../base/result.ts'
import type { Redaction } from '../evidence/manifest.ts'
import type { Author } from '../model/incident.ts'
import { ARCHIVE_MEDIA_TYPE, writeArchive } from './archive-write.ts'
import type { EvidenceStore } from './blobs.ts'
import { codeOf, diskFailure } from './durable.ts'
import { type ExportContent, exportContent } from './export-content.ts'
import { type CapsuleBundle, capsuleBundle, htmlExport } from './export-html.ts'
import { exportName } from './export-name.ts'
import type { IncidentLogs, IncidentState } from './logs.ts'
import { postMortem } from './post-mortem.ts'
import { redactInto } from './redacted-copy.ts'

export const EXPORT_FORMATS = ['html', 'archive', 'markdown'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export interface ExportFile {
  readonly name: string
  readonly mediaType: string
  /** Written as it is read. */
  readonly bytes: ReadableStream<Uint8Array>
}

export interface ExportedBy {
  readonly author: Author
  /** Of the application. */
  readonly version: string
  readonly publicUrl: string | undefined
  readonly nowMs: number
}

export async function exportFile(
  content: ExportContent,
  format: ExportFormat,
  { author, version, publicUrl, nowMs }: ExportedBy,
): Promise<Result<ExportFile>> {
  const { title } = content.incident
  switch (format) {
    case 'archive':
      return ok({
        name: exportName(title, 'guildscope'),
        mediaType: ARCHIVE_MEDIA_TYPE,
        bytes: streamOf(await writeArchive(content, version)),
      })
    case 'markdown':
      return ok({
        name: exportName(title, 'md'),
        mediaType: 'text/markdown; charset=utf-8',
        bytes: streamOf(Readable.from([Buffer.from(await postMortem(content, publicUrl))], { objectMode: false })),
      })
    case 'html': {
      const bundle = await builtBundle()
      if (!bundle.ok) return bundle
      const parts = htmlExport({ ...content, exportedAtMs: nowMs, exportedBy: author, madeBy: version }, bundle.value)
      return ok({
        name: exportName(title, 'html'),
        mediaType: 'text/html; charset=utf-8',
        bytes: streamOf(Readable.from(parts, { objectMode: false })),
      })
    }
  }
}

/** The same of a redacted copy, which lives only as long as the file is being read. */
export async function exportRedacted(
  logs: IncidentLogs,
  evidence: EvidenceStore,
  state: IncidentState,
  choices: readonly Redaction[],
  format: ExportFormat,
  by: ExportedBy,
): Promise<Result<ExportFile>> {
  const batch = evidence.begin()
  let file: Result<ExportFile> | undefined
  try {
    const copy = await redactInto(batch, evidence, state, choices)
    if (!copy.ok) return copy
    const content = await exportContent(logs, evidence, state.incident.id, copy.value)
    file = content.ok ? await exportFile(content.value, format, by) : content
    return file.ok ? ok({ ...file.value, bytes: endingWith(file.value.bytes, () => batch.drop()) }) : file
  } catch (error) {
    return diskFailure(error, 'The redacted copy was not made')
  } finally {
    if (file?.ok !== true) await batch.drop()
  }
}

/** Runs `after` once the stream has ended, failed or been given up. */
function endingWith(bytes: ReadableStream<Uint8Array>, after: () => Promise<void>): ReadableStream<Uint8Array> {
  const reader = bytes.getReader()
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const next = await reader.read()
          if (!next.done) return controller.enqueue(next.value)
          controller.close()
        } catch (error) {
          controller.error(error)
        }
        await after()
      },
      async cancel(reason) {
        await after()
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

async function builtBundle(): Promise<Result<CapsuleBundle>> {
  try {
    return ok(await capsuleBundle())
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return fail(
      'unavailable',
      'incidents',
      'This instance was started without the parts that an HTML file is made of.',
      'Start it with npm start, which builds them, or export an archive.',
    )
  }
}

function streamOf(readable: Readable): ReadableStream<Uint8Array> {
  let iterator: AsyncIterator<Uint8Array>
  return new ReadableStream(
    {
      start() {
        iterator = readable[Symbol.asyncIterator]()
      },
      async pull(controller) {
        const next = await iterator.next()
        if (next.done === true) controller.close()
        else controller.enqueue(next.value)
      },
      cancel() {
        readable.destroy()
      },
    },
    { highWaterMark: 0 },
  )
}
