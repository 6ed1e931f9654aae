/** Settings of who may see what; docs/access.md says what each protects. */
import { isIP } from 'node:net'
import { z } from 'zod'

export const AUTH_MODES = ['auto', 'token', 'proxy', 'off'] as const
export type AuthMode = (typeof AUTH_MODES)[number]

/** A list, or the same in one comma-separated text, as an environment variable has it. */
function list(words: string, valid: (entry: string) => boolean) {
  return z
    .union([z.array(z.string()), z.string()], { error: words })
    .transform((value) =>
      (typeof value === 'string' ? value.split(',') : value)
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ''),
    )
    .refine((entries) => entries.length <= 100 && entries.every(valid), words)
}

/** `10.0.0.7`, `10.0.0.0/8`, `fd00::/8` */
export function isAddressOrRange(text: string): boolean {
  const [address, bits, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

function webUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined
}

/** Only what a policy header can hold unquoted: an origin as the browser writes it. */
function isOrigin(text: string): boolean {
  const url = webUrl(text)
  return url !== undefined && url.origin === text.toLowerCase().replace(/\/$/, '')
}

const publicUrl = z
  .string()
  .refine((text) => {
    const url = webUrl(text)
    return url !== undefined && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === ''
  }, 'must be the address people open, such as "https://guildscope.example.org", without a path')
  .transform((text) => new URL(text).origin)

const ON_OFF: Readonly<Record<string, boolean>> = { on: true, true: true, 1: true, off: false, false: false, 0: false }

const onOff = z
  .union([z.boolean(), z.string()], { error: 'must be on or off' })
  .refine((value) => typeof value === 'boolean' || Object.hasOwn(ON_OFF, value.toLowerCase()), 'must be on or off')
  .transform((value) => (typeof value === 'boolean' ? value : ON_OFF[value.toLowerCase()]))

export const accessFields = {
  auth: z
    .strictObject({
      mode: z.enum(AUTH_MODES, { error: `must be one of ${AUTH_MODES.join(', ')}` }).default('auto'),
      proxyUserHeader: z
        .string()
        .regex(/^[A-Za-z0-9-]{1,80}$/, 'must be the name of a header, such as "X-Forwarded-User"')
        .optional(),
      trustedProxies: list('must list addresses or ranges, such as "10.0.0.0/8"', isAddressOrRange).default([]),
    })
    .prefault({}),
  publicUrl: publicUrl.optional(),
  guestLinks: onOff.default(true),
  embedHosts: list('must list origins, such as "https://wiki.example.org"', isOrigin)
    .transform((origins) => origins.map((origin) => new URL(origin).origin))
    .default([]),
}

interface AccessSettings {
  readonly auth: {
    readonly mode: AuthMode
    readonly proxyUserHeader?: string | undefined
    readonly trustedProxies: readonly string[]
  }
}

/** What a trusted header needs: without knowing which peers may send it, everybody could be anybody. */
export function checkAccess({ auth }: AccessSettings, context: z.RefinementCtx): void {
  if (auth.mode !== 'proxy') return
  if (auth.proxyUserHeader === undefined)
    context.addIssue({
      code: 'custom',
      path: ['auth', 'proxyUserHeader'],
      message:
        'must name the header that carries the user (GUILDSCOPE_AUTH_PROXY_HEADER, such as X-Forwarded-User), because auth.mode is "proxy"',
    })
  if (auth.trustedProxies.length === 0)
    context.addIssue({
      code: 'custom',
      path: ['auth', 'trustedProxies'],
      message:
        'must list the addresses the proxy connects from (GUILDSCOPE_TRUSTED_PROXIES), because auth.mode is "proxy" and anybody else could send the header too',
    })
}

/** `localhost`, `127.0.0.0/8`, `::1`, with or without brackets. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
  return (
    bare === 'localhost' ||
    bare.endsWith('.localhost') ||
    bare === '::1' ||
    (isIP(bare) === 4 && bare.startsWith('127.'))
  )
}

/**
 * The mode in force: `auto` asks nobody only where nobody but this machine can come. An instance with a public address has a
 * proxy before it, whatever it listens on.
 */
export function effectiveMode(config: {
  readonly host: string
  readonly publicUrl?: string | undefined
  readonly auth: { readonly mode: AuthMode }
}): Exclude<AuthMode, 'auto'> {
  if (config.auth.mode !== 'auto') return config.auth.mode
  const published = config.publicUrl !== undefined && !isLoopback(new URL(config.publicUrl).hostname)
  return isLoopback(config.host) && !published ? 'off' : 'token'
}
