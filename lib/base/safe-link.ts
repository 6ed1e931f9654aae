/** Protocols that a link in somebody's text may lead to. */
const PROTOCOLS: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:'])

/**
 * The address of a link that somebody wrote, as it may be followed: http, https, mailto, or a path of this application. Undefined for
 * everything else (`javascript:`, `data:`, and whatever a browser would read as one of them, such as `java\nscript:`).
 */
export function safeLink(address: string): string | undefined {
  // What a browser strips before it reads an address must not hide what it is.
  const text = address.replace(/[\u0000-\u0020\u007f-\u00a0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]/g, '')
  if (text === '') return undefined
  if (/^\/(?![/\\])/.test(text)) return text.includes('\\') ? undefined : text
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  return PROTOCOLS.has(url.protocol) ? url.href : undefined
}
