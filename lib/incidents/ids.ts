import { randomBytes } from 'node:crypto'

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567'

/** 16 base32 letters: 80 bits, not to be guessed, fit for URLs and file names. */
export function newId(): string {
  let id = ''
  for (const byte of randomBytes(16)) id += LETTERS[byte & 31]
  return id
}

export const INCIDENT_ID = /^[a-z2-7]{16}$/
