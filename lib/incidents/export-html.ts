/**
 * Writes an incident as one HTML file that opens from disk: script, style sheet and evidence inside, and a policy that lets it ask
 * nobody for anything. In this order, so that a file that was cut off can still say what it lacks:
 *
 *   policy · title · style · the incident in words (noscript) · script · log and manifest · one block a piece
 *
 * What people wrote stands in it as text twice (words, JSON), each escaped for its place; pieces are base64. So nothing of it can
 * end an element or begin one.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { formatDate, formatMinute } from '../base/format.ts'
import { visibleLines, visibleText } from '../draw/text-visible.ts'
import { CAPSULE_VERSION, type CapsuleContent, CONTENT_ID, PIECE_TYPE, pieceElementId } from '../evidence/capsule.ts'
import { type Manifest, type PieceRef, piecesIn } from '../evidence/manifest.ts'
import type { Author, Entry, Incident, Pin } from '../model/incident.ts'

export interface HtmlContent {
  readonly incident: Incident
  readonly entries: readonly Entry[]
  readonly manifest: Manifest
  readonly exportedAtMs: number
  readonly exportedBy: Author
  /** Version of this application. */
  readonly madeBy: string
  /** Stored (gzip) bytes; undefined where the piece is damaged: the file says so when it is opened. */
  readonly pieceBytes: (piece: PieceRef) => Promise<Uint8Array | undefined>
}

/** What `scripts/capsule.mjs` built. */
export interface CapsuleBundle {
  readonly script: string
  readonly style: string
}

const BUNDLE_FOLDER = '.cache/capsule'
/** A multiple of 3, so that slices of base64 join without padding. */
const SLICE_BYTES = 192 * 1024

/** Rejects where the application was built without the bundle. */
export async function capsuleBundle(): Promise<CapsuleBundle> {
  const folder = path.join(/* turbopackIgnore: true */ process.cwd(), BUNDLE_FOLDER)
  const [script, style] = await Promise.all(
    ['app.js', 'app.css'].map((name) => readFile(path.join(/* turbopackIgnore: true */ folder, name), 'utf8')),
  )
  return { script, style }
}

/** The file in slices of UTF-8, read piece by piece: it never stands in memory whole. */
export async function* htmlExport(content: HtmlContent, bundle: CapsuleBundle): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  yield encoder.encode(head(content, bundle))
  yield encoder.encode(`<script>${bundle.script}</script>\n`)
  yield encoder.encode(dataBlock('application/json', CONTENT_ID, json(capsuleContent(content))))
  for (const piece of piecesIn(content.manifest)) {
    const bytes = await content.pieceBytes(piece)
    if (bytes === undefined) continue
    yield encoder.encode(`<script type="${PIECE_TYPE}" id="${pieceElementId(piece.sha256)}">`)
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
      yield encoder.encode(Buffer.from(bytes.subarray(at, at + SLICE_BYTES)).toString('base64'))
    }
    yield encoder.encode('</script>\n')
  }
  yield encoder.encode('</body>\n</html>\n')
}

function capsuleContent(content: HtmlContent): CapsuleContent {
  const { incident, entries, manifest, exportedAtMs, exportedBy, madeBy } = content
  return { v: CAPSULE_VERSION, incidentId: incident.id, entries, manifest, exportedAtMs, exportedBy, madeBy }
}

function head(content: HtmlContent, { script, style }: CapsuleBundle): string {
  const policy = [
    "default-src 'none'",
    `script-src ${sourceHash(script)}`,
    `style-src ${sourceHash(style)}`,
    'img-src data: blob:',
    'font-src data:',
    'worker-src blob:',
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="Guildscope ${escapeHtml(content.madeBy)}">
<title>${escapeHtml(content.incident.title)} · Guildscope</title>
<style>${style}</style>
</head>
<body>
<noscript>${words(content)}</noscript>
<div id="app"></div>
`
}

/** The incident for readers without scripts, and for whatever searches files. */
function words({ incident, manifest }: HtmlContent): string {
  const sides = incident.sides.map(
    (side) => `${side.guildName ?? side.guildId} ${timeWords(side.fromMs)}–${timeWords(side.toMs)}`,
  )
  const notes = incident.notes.filter((note) => !note.removed)
  const lines = [
    `<h1 class="text-title">${escapeHtml(incident.title)}</h1>`,
    `<p>Severity ${incident.severity}, ${incident.status}. ${escapeHtml(sides.join('; '))}. Frozen at ${timeWords(manifest.frozenAtMs)} UTC, ${manifest.traces.length} traces.</p>`,
    '<p>The heat map, the flame graph and the traces in this file need JavaScript; it asks no server for anything.</p>',
    ...incident.markers.map((marker) => `<p>${timeWords(marker.atMs)} ${escapeHtml(marker.label)}</p>`),
    ...notes.map(
      (note) =>
        `<h2>${escapeHtml(note.by.name)}, ${timeWords(note.createdMs)}${escapeHtml(pinWords(note.pin))}</h2>\n<pre>${escapeLines(note.text)}</pre>`,
    ),
  ]
  return `\n<div class="flex flex-col gap-2 p-3">\n${lines.join('\n')}\n</div>\n`
}

function pinWords(pin: Pin): string {
  switch (pin.kind) {
    case 'incident':
      return ''
    case 'time':
      return `, about ${timeWords(pin.atMs)}`
    case 'range':
      return `, about ${timeWords(pin.fromMs)}–${timeWords(pin.toMs)}`
    case 'cell':
      return `, about ${timeWords(pin.minuteMs)} ${pin.action}`
    case 'span':
      return `, about the span ${pin.spanId} of trace ${pin.traceId}`
  }
}

const timeWords = (ms: number): string => `${formatDate(ms, 'UTC')} ${formatMinute(ms, 'UTC')}`

/** Also shows what could change the order of the text around it. */
const escapeHtml = (text: string): string => escaped(visibleText(text))
const escapeLines = (text: string): string => escaped(visibleLines(text))

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** JSON that no HTML parser sees an end or a comment in. */
function json(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function dataBlock(type: string, id: string, text: string): string {
  return `<script type="${type}" id="${id}">${text}</script>\n`
}

/** As the policy names an inline script or style sheet. */
function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
