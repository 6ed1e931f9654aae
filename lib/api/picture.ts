import type { Picture } from '../incidents/picture/pictures.ts'

/** A picture, or that the reader's own is still right. */
export async function pictureResponse({ png, etag }: Picture, request: Request): Promise<Response> {
  // Asked again each time: access can end, and the picture changes with its title.
  const headers = { 'cache-control': 'private, no-cache', etag, 'x-content-type-options': 'nosniff' }
  if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers })
  return new Response(png, {
    headers: { ...headers, 'content-type': 'image/png', 'content-length': String(png.byteLength) },
  })
}
