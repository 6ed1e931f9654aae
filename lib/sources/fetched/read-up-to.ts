import { growU8 } from '../../base/growable.ts'
import { ok, type Result } from '../../base/result.ts'
import type { BackendAnswer, BackendClient, BackendRequest } from '../http/backend-client.ts'

/** The body of an answer as far as the source's limit of bytes lets it through; `cut` where there was more. */
export async function readUpTo(
  client: BackendClient,
  request: BackendRequest,
): Promise<Result<BackendAnswer & { readonly body: Uint8Array<ArrayBuffer> }>> {
  let body: Uint8Array<ArrayBuffer> = new Uint8Array(64 * 1024)
  let length = 0
  const answer = await client.stream(request, (chunk) => {
    body = growU8(body, length + chunk.byteLength)
    body.set(chunk, length)
    length += chunk.byteLength
    return true
  })
  if (!answer.ok) return answer
  return ok({ ...answer.value, body: body.subarray(0, length) })
}
