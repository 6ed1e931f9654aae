/** Where a request comes from: the TCP peer as the web server saw it, and what a trusted proxy says about it. */
import { timingSafeEqual } from 'node:crypto'
import { BlockList, isIP } from 'node:net'
import { PEER_HEADER } from '../access.ts'
import { newSecret } from './secrets.ts'

/** `::ffff:10.0.0.7` is 10.0.0.7 that came in over a socket of both families. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  return mapped === null ? address : mapped[1]
}

export interface Peers {
  stamp(address: string): string
  /** Undefined where the request did not pass our own web server (a development server, a test). */
  addressOf(headers: Headers): string | undefined
  isTrusted(address: string | undefined): boolean
  /** Whom to count wrong guesses against: behind a trusted proxy, the last address it has seen itself. */
  placeOf(headers: Headers): string
}

/** `trusted`: addresses and ranges, as checked by the configuration. */
export function createPeers(trusted: readonly string[]): Peers {
  const key = newSecret()
  const list = new BlockList()
  for (const entry of trusted) {
    const [address, bits] = entry.split('/')
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  const addressOf = (headers: Headers) => {
    const stamp = headers.get(PEER_HEADER) ?? ''
    const given = Buffer.from(stamp.slice(0, key.length))
    const ours = Buffer.from(key)
    if (given.length !== ours.length || !timingSafeEqual(given, ours)) return undefined
    return plainAddress(stamp.slice(key.length + 1))
  }
  const isTrusted = (address: string | undefined) => {
    const family = address === undefined ? 0 : isIP(address)
    return address !== undefined && family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6')
  }
  return {
    stamp: (address) => `${key} ${address}`,
    addressOf,
    isTrusted,
    placeOf(headers) {
      const address = addressOf(headers)
      if (!isTrusted(address)) return address ?? 'unknown'
      const forwarded = (headers.get('x-forwarded-for') ?? '').split(',').at(-1)?.trim() ?? ''
      return isIP(forwarded) === 0 ? (address ?? 'unknown') : forwarded
    },
  }
}
