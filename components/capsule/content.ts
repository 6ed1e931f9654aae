import { fail, ok, type Result } from '@/lib/base/result.ts'
import type { PieceText } from '@/lib/client/capsule-pieces.ts'
import { CAPSULE_VERSION, type CapsuleContent, CONTENT_ID, pieceElementId } from '@/lib/evidence/capsule.ts'

/** What this page holds beside the pieces; written by the same version as the script that reads it. */
export function readContent(): Result<CapsuleContent> {
  const text = document.getElementById(CONTENT_ID)?.textContent
  if (text === undefined || text === null) return unreadable('is not in this file, which was cut off')
  try {
    const content: CapsuleContent = JSON.parse(text)
    return content.v === CAPSULE_VERSION ? ok(content) : unreadable('is of another version than this file’s script')
  } catch {
    return unreadable('was damaged')
  }
}

/** Reads pieces from the page when they are asked for. */
export const textOfPiece: PieceText = async (sha256) =>
  document.getElementById(pieceElementId(sha256))?.textContent ?? undefined

function unreadable(how: string): Result<CapsuleContent> {
  return fail('unavailable', 'this file', `The incident ${how}.`, 'Get a fresh copy from whoever exported it.')
}
