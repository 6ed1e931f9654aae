import { hexDigit } from '../../base/hex.ts'

const HALF = 0x1000_0000 // 2^28: half of the 56 bits of a threshold

/**
 * Head sampling probability from a W3C tracestate in bytes[from .. to): the `th` of its `ot` member is a rejection threshold T of
 * 1–14 hex digits, padded with zeros on the right, and the probability is (2^56 − T) / 2^56. NaN where there is none.
 * Source: OpenTelemetry specification, "TraceState: Probability Sampling".
 */
export function headRateOf(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  while (at < to) {
    while (at < to && isGap(bytes[at])) at++
    let end = at
    while (end < to && bytes[end] !== 44) end++
    if (end - at >= 3 && bytes[at] === 111 && bytes[at + 1] === 116 && bytes[at + 2] === 61) {
      return thresholdIn(bytes, at + 3, end)
    }
    at = end
  }
  return Number.NaN
}

/** Space, tab or comma: what may stand between list members. */
function isGap(byte: number): boolean {
  return byte === 44 || byte === 32 || byte === 9
}

/** The probability of `th:…` among the semicolon-separated sub-keys in bytes[at .. to). */
function thresholdIn(bytes: Uint8Array, at: number, to: number): number {
  while (at < to) {
    let end = at
    while (end < to && bytes[end] !== 59) end++
    if (bytes[at] === 116 && bytes[at + 1] === 104 && bytes[at + 2] === 58) return probability(bytes, at + 3, end)
    at = end + 1
  }
  return Number.NaN
}

function probability(bytes: Uint8Array, from: number, to: number): number {
  while (to > from && isGap(bytes[to - 1])) to--
  if (to <= from || to - from > 14) return Number.NaN
  // Two halves of seven digits: 56 bits do not fit into a double, and low probabilities live in the low bits.
  let high = 0
  let low = 0
  for (let k = 0; k < 14; k++) {
    const digit = from + k < to ? hexDigit(bytes[from + k]) : 0
    if (digit < 0) return Number.NaN
    if (k < 7) high = high * 16 + digit
    else low = low * 16 + digit
  }
  return ((HALF - high) * HALF - low) / (HALF * HALF)
}
