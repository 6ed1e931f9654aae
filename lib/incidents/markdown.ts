/** Text of people and machines in a Markdown document: nothing they wrote can end a line, a cell or a link, or begin markup. */
import { visibleText } from '../draw/text-visible.ts'

/** One line of plain text. Control and bidirectional characters are shown, not obeyed. */
export function plain(text: string): string {
  return visibleText(text)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*{}[\]|~$@]/g, (mark) => `\\${mark}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
    .replace(/:(?=\/\/)/g, '\\:')
    .replace(/(?<=\bwww)\./gi, '\\.')
    .replace(/^(?=[#+=-])/, '\\')
    .replace(/^(\d+)(?=[.)](?:\s|$))/, '$1\\')
}

/** Literal text between backticks, with a fence longer than any in it. */
export function code(text: string): string {
  const line = visibleText(text).replace(/\s+/g, ' ').trim().replaceAll('|', '¦')
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map((run) => run[0].length))
  const fence = '`'.repeat(longest + 1)
  const pad = line.startsWith('`') || line.endsWith('`') || line === '' ? ' ' : ''
  return `${fence}${pad}${line}${pad}${fence}`
}

/**
 * A note, which is Markdown itself, as a quotation: every line of it begins with `> `, so it cannot leave it. HTML does not pass, nor
 * images, nor links with a scheme that runs something.
 */
export function quoted(text: string): string {
  return text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => `> ${safeLine(line)}`.trimEnd())
    .join('\n')
}

function safeLine(line: string): string {
  return visibleText(line)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/!\[/g, '!\\[')
    .replace(/\b(javascript|vbscript|data|file)\s*:/gi, '$1\\:')
}

/** `[words](address)`; the address is ours. */
export function link(words: string, address: string): string {
  return `[${plain(words)}](<${address.replace(/[<>\s\\]/g, encodeURIComponent)}>)`
}

/** Cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
