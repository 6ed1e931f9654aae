/** An incident as a file to hand over. */
import { Readable } from 'node:stream'
import { fail, ok, type Result } from '../base/result.ts'
import type { Author } from '../model/incident.ts'
import { ARCHIVE_MEDIA_TYPE, writeArchive } from './archive-write.ts'
import { codeOf } from './durable.ts'
import type { ExportContent } from './export-content.ts'
import { type CapsuleBundle, capsuleBundle, htmlExport } from './export-html.ts'
import { exportName } from './export-name.ts'
import { postMortem } from './post-mortem.ts'

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
