/**
 * Secrets are 256 random bits. SHA-256 is enough to keep them at rest: there is no dictionary of such numbers, so a slow
 * hash would only slow the server.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 43 characters of base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** 128 random bits: names a thing that must not be guessed, but is no key to it. */
export function newId(): string {
  return randomBytes(16).toString('base64url')
}

/** Hex. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Whether `secret` hashes to `hash`, in a time that does not depend on where they differ. */
export function matches(secret: string, hash: string): boolean {
  const stored = Buffer.from(hash, 'hex')
  const given = createHash('sha256').update(secret).digest()
  return stored.length === given.length && timingSafeEqual(stored, given)
}
