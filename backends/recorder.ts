/**
 * Records what a real server answers, for `npm test`: `npm run test:backends -- --record zipkin` runs the contract with a proxy before the server,
 * which writes each answer into the adapter's fixtures. Without `--record` nothing stands between.
 */

import { isUtf8 } from 'node:buffer'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import path from 'node:path'
import { RECORDED_BASE_MS } from '../lib/sources/contract/payloads.ts'

export const isRecording = process.env.GUILDSCOPE_RECORD === '1'

/** A recording has the same times in every run, and no trace of 100,000 spans. */
export const recordedTerms = isRecording ? ({ baseMs: RECORDED_BASE_MS, large: 'not recorded' } as const) : {}

interface Recorded {
  /** What was asked, where it stood in the body. */
  readonly sent: string
  readonly status: number
  readonly contentType: string | null
  readonly body: Buffer
}

/** The server at `url`, or a proxy before it that writes `folder` (below `lib/sources`) when it is closed. */
export async function recorded(url: string, folder: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  if (!isRecording) return { url, close: async () => {} }
  const answers = new Map<string, Recorded>()
  const answerTo = async (incoming: IncomingMessage, response: ServerResponse) => {
    const target = incoming.url ?? '/'
    const { accept } = incoming.headers
    const sent = (await bodyOf(incoming)).toString('utf8')
    const answer = await fetch(url + target, {
      method: incoming.method ?? 'GET',
      ...(sent === '' ? {} : { body: sent }),
      ...(accept === undefined ? {} : { headers: { accept } }),
    })
    const one = {
      sent,
      status: answer.status,
      contentType: answer.headers.get('content-type'),
      body: Buffer.from(await answer.arrayBuffer()),
    }
    // What was asked twice is answered as it was the last time: nothing is asked before it is there.
    answers.set(`${incoming.method} ${target}\n${sent}`, one)
    response.writeHead(one.status, one.contentType === null ? {} : { 'content-type': one.contentType })
    response.end(one.body)
  }
  const server = createServer((incoming, response) => {
    answerTo(incoming, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      write(path.join(import.meta.dirname, '../lib/sources', folder), answers)
    },
  }
}

function write(folder: string, answers: ReadonlyMap<string, Recorded>): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  // Several are asked at once: in the order of their requests, two recordings can be compared.
  const index = [...answers]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([asked, { sent, status, contentType, body }]) => ({
      request: asked.slice(0, asked.indexOf('\n')),
      ...(sent === '' ? {} : { sent }),
      status,
      contentType,
      ...(isUtf8(body) ? { body: body.toString('utf8') } : { base64: body.toString('base64') }),
    }))
  writeFileSync(path.join(folder, 'index.json'), `${JSON.stringify(index, undefined, 1)}\n`)
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of incoming) if (chunk instanceof Uint8Array) chunks.push(chunk)
  return Buffer.concat(chunks)
}
