const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Value of each ASCII byte in base64, −1 where it has none; `-` and `_` count like `+` and `/`. */
const VALUES = new Int8Array(256).fill(-1)
for (let i = 0; i < 64; i++) VALUES[ALPHABET.charCodeAt(i)] = i
VALUES[45] = 62
VALUES[95] = 63

/** Base64 text with padding. */
export function toBase64(bytes: Uint8Array): string {
  const parts: string[] = []
  let part = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i
    const group = (bytes[i] << 16) | (left > 1 ? bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0)
    part += ALPHABET[group >> 18] + ALPHABET[(group >> 12) & 63]
    part += left > 1 ? ALPHABET[(group >> 6) & 63] : '='
    part += left > 2 ? ALPHABET[group & 63] : '='
    if (part.length > 4_096) {
      parts.push(part)
      part = ''
    }
  }
  return parts.join('') + part
}

/** Bytes of the base64 (or base64url) text in bytes[from .. to), padded or not; undefined where it is none. */
export function fromBase64(bytes: Uint8Array, from: number, to: number): Uint8Array<ArrayBuffer> | undefined {
  while (to > from && bytes[to - 1] === 61) to--
  const length = to - from
  if (length % 4 === 1) return undefined
  const out = new Uint8Array(Math.floor((length * 3) / 4))
  let n = 0
  let group = 0
  let bits = 0
  for (let i = from; i < to; i++) {
    const value = VALUES[bytes[i]]
    if (value < 0) return undefined
    group = (group << 6) | value
    bits += 6
    if (bits >= 8) {
      bits -= 8
      out[n++] = group >> bits
      group &= (1 << bits) - 1
    }
  }
  return out
}
