/** Sending an archive to this instance: with progress, which `fetch` cannot tell for what it sends. */
import type { Failure } from '../base/result.ts'
import type { ImportAnswer } from '../evidence/answers.ts'
import { ApiFailure } from './api.ts'

/** `onProgress` gets a share in [0, 1]. Rejects with `ApiFailure`; an abort with the browser's AbortError. */
export function importArchive(
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<ImportAnswer> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', '/api/incidents/import')
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total)
    }
    request.onload = () => {
      const body = parsed(request.responseText)
      if (request.status >= 200 && request.status < 300 && isAnswer(body)) resolve(body)
      else reject(new ApiFailure(failureIn(body) ?? unreadable(request.status)))
    }
    request.onerror = () => reject(new ApiFailure(UNREACHABLE))
    request.onabort = () => reject(new DOMException('The import was cancelled.', 'AbortError'))
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(file)
  })
}

const UNREACHABLE: Failure = {
  kind: 'unavailable',
  source: 'guildscope',
  what: 'The archive could not be sent: the Guildscope server does not answer, or it closed the connection.',
  tryThis: 'Check that the server is running and that the file can still be read, then drop it again.',
}

function unreadable(status: number): Failure {
  return {
    kind: 'unavailable',
    source: 'guildscope',
    what: `The Guildscope server answered ${status} to the archive.`,
    tryThis: 'Look at the server’s log.',
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A proxy in between may answer with a page.
    return undefined
  }
}

function isAnswer(body: unknown): body is ImportAnswer {
  return typeof body === 'object' && body !== null && 'incidentId' in body && 'words' in body
}

function failureIn(body: unknown): Failure | undefined {
  if (typeof body !== 'object' || body === null || !('failure' in body)) return undefined
  const { failure } = body
  const whole =
    typeof failure === 'object' && failure !== null && 'kind' in failure && 'what' in failure && 'tryThis' in failure
  return whole ? Object.assign({ ...UNREACHABLE }, failure) : undefined
}
