/** Who answers the questions about an exported file: a worker made from a Blob, or the page itself where it may make none. */
import { fail, type Result } from '../base/result.ts'
import type { Manifest } from '../evidence/manifest.ts'
import { openEvidence } from '../evidence/open-evidence.ts'
import { type Answer, answer, type FromWorker, type Question, type ToWorker } from './capsule-answers.ts'
import { type PieceText, pieceSource } from './capsule-pieces.ts'

export type Ask = (question: Question) => Promise<Result<Answer>>

/** `script`: the bundled worker. */
export function capsuleEngine(manifest: Manifest, textOf: PieceText, script: string): Ask {
  const here = inThePage(manifest, textOf)
  let there: Ask | undefined
  try {
    there = inWorker(manifest, textOf, script, () => {
      // Some browsers refuse workers of a file only once they start; then the page does the work.
      there = undefined
      return here
    })
  } catch {
    return here
  }
  return (question) => (there ?? here)(question)
}

function inThePage(manifest: Manifest, textOf: PieceText): Ask {
  const pieces = pieceSource(textOf)
  const reader = openEvidence(manifest, pieces)
  return (question) => answer(reader, pieces, question)
}

/** `instead` is asked for whoever takes over when the worker cannot start. */
function inWorker(manifest: Manifest, textOf: PieceText, script: string, instead: () => Ask): Ask {
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }))
  const worker = new Worker(url)
  const open = new Map<number, { readonly question: Question; readonly settle: (r: Promise<Result<Answer>>) => void }>()
  let next = 0
  const send = (message: ToWorker) => worker.postMessage(message)
  const settle = (id: number, result: Promise<Result<Answer>>) => {
    open.get(id)?.settle(result)
    open.delete(id)
  }
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    if (data.kind === 'answered') settle(data.id, Promise.resolve(data.result))
    else if (data.kind === 'broken') settle(data.id, Promise.resolve(broken(data.message)))
    else void textOf(data.sha256).then((text) => send({ kind: 'piece', sha256: data.sha256, text }))
  }
  worker.onerror = (event) => {
    event.preventDefault()
    worker.terminate()
    const ask = instead()
    for (const [id, { question }] of open) settle(id, ask(question))
  }
  send({ kind: 'open', manifest })
  return (question) =>
    new Promise((resolve) => {
      const id = next++
      open.set(id, { question, settle: resolve })
      send({ kind: 'ask', id, question })
    })
}

function broken(message: string): Result<Answer> {
  return fail('unavailable', 'this file', `The evidence could not be read: ${message}.`, 'Open the file again.')
}
