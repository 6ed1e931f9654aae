/**
 * An instance that asks nobody who they are must at least know by which name it was asked: a site that lets its own name point to
 * this machine (DNS rebinding) has the visitor's browser ask here, under that name. Addresses and names without a dot cannot be
 * such a name.
 */
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { isLoopback } from '../../config/access-fields.ts'

export function answersTo(
  hostHeader: string | null,
  config: { readonly host: string; readonly publicUrl?: string | undefined },
): boolean {
  // Without a Host no browser asked.
  if (hostHeader === null) return true
  if (!URL.canParse(`http://${hostHeader}`)) return false
  const name = new URL(`http://${hostHeader}`).hostname.toLowerCase().replace(/\.$/, '')
  const bare = name.replace(/^\[|\]$/g, '')
  if (isLoopback(name) || isIP(bare) !== 0 || !name.includes('.')) return true
  const own = [config.host, hostname(), config.publicUrl === undefined ? '' : new URL(config.publicUrl).hostname]
  return own.some((one) => one.toLowerCase() === name)
}
