import { type Receiving, receive } from './receive.ts'

/** Takes a web `Request` for `/v1/traces` or `/v1/timings`: the web port's routes are receivers, too. */
export async function receiveWeb(request: Request, receiving: Receiving): Promise<Response> {
  const header = (name: string) => request.headers.get(name) ?? undefined
  const answer = await receive(
    {
      method: request.method,
      path: new URL(request.url).pathname,
      contentType: header('content-type'),
      contentEncoding: header('content-encoding'),
      contentLength: header('content-length'),
      body: chunksOf(request.body),
    },
    receiving,
  )
  return new Response(answer.body, { status: answer.status, headers: answer.headers })
}

async function* chunksOf(stream: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (stream === null) return
  const reader = stream.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    reader.releaseLock()
  }
}
