import type { ExportFile } from '../incidents/export.ts'

/** The file as a download. Its name is ASCII already. */
export async function downloadResponse(file: ExportFile): Promise<Response> {
  return new Response(file.bytes, {
    headers: {
      'content-type': file.mediaType,
      'content-disposition': `attachment; filename="${file.name}"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      // Whatever stands in the file must not act in this instance's name should somebody open it here.
      'content-security-policy': "sandbox; default-src 'none'",
    },
  })
}
