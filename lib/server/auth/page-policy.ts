/** The content security policy of pages. Runs in the proxy, which is a bundle of its own: keep its imports few. */

/** Pages another site may frame, where the configuration names it. */
const EMBEDS = '/embed/'

/** Who may frame the page at this path; undefined: nobody. */
export function framedBy(pathname: string, embedHosts: readonly string[]): readonly string[] | undefined {
  return pathname.startsWith(EMBEDS) && embedHosts.length > 0 ? embedHosts : undefined
}

/**
 * A strict content security policy for every page: scripts and style sheets need this request's nonce, style attributes in
 * HTML are refused altogether (styles are set by script). Development needs `eval` for React's stacks and inline styles
 * for the error overlay.
 */
export function contentPolicy(nonce: string, framers: readonly string[] | undefined): string {
  const development = process.env.NODE_ENV === 'development'
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ''}`,
    development ? "style-src 'self' 'unsafe-inline'" : `style-src 'self' 'nonce-${nonce}'`,
    development ? '' : "style-src-attr 'none'",
    "img-src 'self' blob: data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    framers === undefined ? "frame-ancestors 'none'" : `frame-ancestors ${framers.join(' ')}`,
  ]
    .filter((directive) => directive !== '')
    .join('; ')
}
