/** What the configuration of sources must agree on across fields, and where its secrets come from. */
import type { z } from 'zod'
import type { AttributeMapping } from '../model/span-batch.ts'
import type { SourceSettings, secret } from './source-fields.ts'

type Secret = z.infer<typeof secret>
type Environment = Readonly<Record<string, string | undefined>>

interface Settings {
  readonly store: 'embedded' | 'clickhouse' | 'off'
  readonly sources: Readonly<Record<string, SourceSettings>>
  readonly defaults: { readonly traces?: string | undefined; readonly timings?: string | undefined }
  readonly links: Readonly<Record<string, string>>
}

/** What a kind of source is asked for. */
export function offersOf(settings: SourceSettings): { readonly traces: boolean; readonly timings: boolean } {
  switch (settings.kind) {
    case 'jaeger':
    case 'tempo':
    case 'zipkin':
      return { traces: true, timings: false }
    case 'prometheus':
    case 'timings-http':
      return { traces: false, timings: true }
    case 'clickhouse':
      return { traces: settings.traces, timings: settings.timings }
  }
}

/** The names a template of a link may hold. */
export const LINK_NAMES = ['traceId', 'guild', 'fromMs', 'toMs', 'fromIso', 'toIso'] as const

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'there are none' : `there are ${names.map((name) => `"${name}"`).join(', ')}`
}

/** Every fault as a sentence at the field it is in. */
export function checkSources(config: Settings, context: z.RefinementCtx): void {
  const issue = (path: readonly string[], message: string) =>
    context.addIssue({ code: 'custom', path: [...path], message })
  const { sources, defaults, store } = config
  const entries = Object.entries(sources)
  if (store === 'off' && entries.length === 0)
    issue(
      ['store'],
      'is "off" and no source is configured: there would be nothing to show. Name at least one in "sources"',
    )
  const own = store === 'embedded' ? ['embedded'] : []
  for (const what of ['traces', 'timings'] as const) {
    const name = defaults[what]
    if (name === undefined) continue
    const giving = [...own, ...entries.filter(([, settings]) => offersOf(settings)[what]).map(([each]) => each)]
    if (what === 'timings' && name === 'derived') continue
    if (giving.includes(name)) continue
    issue(
      ['defaults', what],
      Object.hasOwn(sources, name)
        ? `names "${name}", which gives no ${what}; of those that do, ${listed(giving)}`
        : `names "${name}", which is not a configured source; of those that give ${what}, ${listed(giving)}`,
    )
  }
  for (const [name, settings] of entries) {
    const at = ['sources', name]
    const { tls } = settings
    if (tls !== undefined && (tls.cert === undefined) !== (tls.key === undefined))
      issue(
        [...at, 'tls'],
        `has a client ${tls.cert === undefined ? 'key without its certificate: add "cert"' : 'certificate without its key: add "key"'}`,
      )
    if (tls !== undefined && settings.url.startsWith('http:'))
      issue([...at, 'tls'], 'is set, but the address begins with http: and nothing would be encrypted. Write https:')
    if (settings.kind === 'clickhouse' && !settings.traces && !settings.timings)
      issue(at, 'is asked for neither traces nor timings: set one of them to true, or remove it')
    for (const [label, text] of Object.entries(settings.links)) checkTemplate(text, [...at, 'links', label], issue)
  }
  for (const [label, text] of Object.entries(config.links)) checkTemplate(text, ['links', label], issue)
}

function checkTemplate(
  text: string,
  path: readonly string[],
  issue: (path: readonly string[], message: string) => void,
): void {
  const names = [...text.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1])
  const unknown = names.find((name) => !LINK_NAMES.some((each) => each === name) && /^[A-Za-z]+$/.test(name))
  const bare = text.replace(/\{[A-Za-z]+\}/g, 'x')
  if (!/^https?:\/\//i.test(text) || !URL.canParse(bare)) issue(path, 'must be an address that begins with http(s)://')
  else if (/^https?:\/\/[^/?#]*\{/i.test(text)) issue(path, 'must name its host itself, not by a placeholder')
  else if (unknown !== undefined)
    issue(path, `holds {${unknown}}, which is not one of ${LINK_NAMES.map((name) => `{${name}}`).join(', ')}`)
}

/** The sources with every `{"env": "NAME"}` replaced by its text; what is missing, as sentences that name the variable and not its value. */
export function resolveSecrets(
  sources: Readonly<Record<string, SourceSettings>>,
  fileName: string,
  env: Environment,
): { readonly sources: Record<string, SourceSettings>; readonly sentences: readonly string[] } {
  const sentences: string[] = []
  const text = (value: Secret, path: string): string => {
    const name = typeof value === 'string' ? undefined : value.env
    const found = typeof value === 'string' ? value : env[value.env]
    if (found === undefined || found === '') {
      sentences.push(
        `"${path}" in ${fileName} is read from the environment variable ${name ?? ''}, which is not set. Set it, or remove the field.`,
      )
      return ''
    }
    // What a file was read into ends with a new line.
    const trimmed = found.trimEnd()
    if (/[\0\r\n]/.test(trimmed))
      sentences.push(`"${path}" in ${fileName} holds a line break, which no header can carry. Remove it.`)
    return trimmed
  }
  const resolved = Object.fromEntries(
    Object.entries(sources).map(([name, settings]): [string, SourceSettings] => {
      const at = `sources.${name}`
      const headers = Object.fromEntries(
        Object.entries(settings.headers).map(([header, value]) => [header, text(value, `${at}.headers.${header}`)]),
      )
      const { auth } = settings
      if (auth === undefined) return [name, { ...settings, headers }]
      const known =
        'bearer' in auth
          ? { bearer: text(auth.bearer, `${at}.auth.bearer`) }
          : { user: auth.user, password: text(auth.password, `${at}.auth.password`) }
      return [name, { ...settings, headers, auth: known }]
    }),
  )
  return { sources: resolved, sentences }
}

/** The instance's attribute mapping holds for every source, but for the fields that a source names itself. */
export function withMapping(
  sources: Readonly<Record<string, SourceSettings>>,
  mapping: AttributeMapping,
): Record<string, SourceSettings> {
  return Object.fromEntries(
    Object.entries(sources).map(([name, settings]): [string, SourceSettings] => [
      name,
      'mapping' in settings ? { ...settings, mapping: { ...mapping, ...settings.mapping } } : settings,
    ]),
  )
}
