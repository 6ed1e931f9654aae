/** Largest body after decompression, of any receiver. */
export const MAX_BODY_BYTES = 64 * 2 ** 20
/** Bytes of bodies that all receivers together may hold; beyond it, clients are asked to come again. */
export const MAX_IN_FLIGHT_BYTES = 256 * 2 ** 20

/** Counts the bytes of bodies in memory. Never waits: who gets nothing tells the client to try later. */
export class ByteBudget {
  readonly limit: number
  used = 0

  constructor(limit = MAX_IN_FLIGHT_BYTES) {
    this.limit = limit
  }

  /** Takes `bytes`, or takes nothing and answers false. */
  take(bytes: number): boolean {
    if (this.used + bytes > this.limit) return false
    this.used += bytes
    return true
  }

  give(bytes: number): void {
    this.used -= bytes
  }
}
