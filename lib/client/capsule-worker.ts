/** The evidence of an exported file, off the main thread: checksums, inflating, merging, decoding, indexing. */
import { openEvidence } from '../evidence/open-evidence.ts'
import type { EvidenceReader } from '../evidence/reader.ts'
import { answer, type FromWorker, type Question, type ToWorker } from './capsule-answers.ts'
import { pieceSource } from './capsule-pieces.ts'
import { buffersOf } from './trace-prepare.ts'

const waiting = new Map<string, ((text: string | undefined) => void)[]>()
const pieces = pieceSource(textOf)
let reader: EvidenceReader | undefined

function tell(message: FromWorker, transfer: Transferable[] = []): void {
  postMessage(message, { transfer })
}

function textOf(sha256: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const others = waiting.get(sha256)
    if (others !== undefined) others.push(resolve)
    else {
      waiting.set(sha256, [resolve])
      tell({ kind: 'need', sha256 })
    }
  })
}

async function reply(id: number, question: Question): Promise<void> {
  try {
    if (reader === undefined) throw new Error('a question before the evidence')
    const result = await answer(reader, pieces, question)
    // A trace is handed over, not copied; it was made for this answer alone.
    tell(
      { kind: 'answered', id, result },
      result.ok && result.value.kind === 'trace' ? buffersOf(result.value.value) : [],
    )
  } catch (error) {
    tell({ kind: 'broken', id, message: error instanceof Error ? error.message : String(error) })
  }
}

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'open') reader = openEvidence(data.manifest, pieces)
  else if (data.kind === 'ask') void reply(data.id, data.question)
  else {
    for (const resolve of waiting.get(data.sha256) ?? []) resolve(data.text)
    waiting.delete(data.sha256)
  }
})
