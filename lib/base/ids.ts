/** Trace and span ids: text at the edges, 64-bit halves inside. */

const HEX = /^[0-9a-f]+$/

/** Lower-case 32-digit trace id, or undefined. 16 digits are padded with zeros on the left (64-bit tracers). */
export function parseTraceId(text: string): string | undefined {
  const lower = text.trim().toLowerCase()
  if (!HEX.test(lower)) return undefined
  const padded = lower.length === 16 ? lower.padStart(32, '0') : lower
  return padded.length === 32 && !/^0+$/.test(padded) ? padded : undefined
}

/** Lower-case 16-digit span id, or undefined. The all-zero id is invalid, as in the OpenTelemetry specification. */
export function parseSpanId(text: string): string | undefined {
  const lower = text.trim().toLowerCase()
  return lower.length === 16 && HEX.test(lower) && !/^0+$/.test(lower) ? lower : undefined
}

export function spanIdToBigInt(id: string): bigint {
  return BigInt(`0x${id}`)
}

export function bigIntToSpanId(id: bigint): string {
  return id.toString(16).padStart(16, '0')
}

/** High and low 64 bits of a 32-digit trace id. */
export function traceIdToHalves(id: string): readonly [hi: bigint, lo: bigint] {
  return [BigInt(`0x${id.slice(0, 16)}`), BigInt(`0x${id.slice(16)}`)]
}

export function halvesToTraceId(hi: bigint, lo: bigint): string {
  return hi.toString(16).padStart(16, '0') + lo.toString(16).padStart(16, '0')
}
