import { safeLink } from './safe-link.ts'

/** What is known where a link stands; a template that asks for more is not offered there. */
export interface LinkValues {
  readonly traceId?: string
  readonly guild?: string
  /** Unix ms. */
  readonly fromMs?: number
  readonly toMs?: number
}

/**
 * The address that a template of the configuration makes: every value percent-encoded, so that none can leave its place. Undefined where a
 * value is not known, or the outcome is no http(s) address.
 */
export function linkFrom(template: string, values: LinkValues): string | undefined {
  const texts: Readonly<Record<string, string | undefined>> = {
    traceId: values.traceId,
    guild: values.guild,
    fromMs: whole(values.fromMs),
    toMs: whole(values.toMs),
    fromIso: iso(values.fromMs),
    toIso: iso(values.toMs),
  }
  let known = true
  const filled = template.replace(/\{([A-Za-z]+)\}/g, (all, name: string) => {
    if (!Object.hasOwn(texts, name)) return all
    const text = texts[name]
    if (text === undefined) known = false
    return encodeURIComponent(text ?? '')
  })
  const address = known ? safeLink(filled) : undefined
  return address !== undefined && /^https?:/.test(address) ? address : undefined
}

/** Templates with `{traceId}` stand on traces, all others on guilds. */
export function isOfTraces(template: string): boolean {
  return template.includes('{traceId}')
}

function whole(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : String(Math.round(ms))
}

function iso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString()
}
