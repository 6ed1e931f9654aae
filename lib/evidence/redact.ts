/**
 * A copy of an incident without the values of chosen attribute keys: what was removed is really absent. The values leave the attributes,
 * and every other place where they occur: names, columns, other attributes, events, links, timings, lists, titles and notes.
 */
import { ok, type Result } from '../base/result.ts'
import {
  type Change,
  type Entry,
  LABEL_MAX,
  NOTE_MAX,
  type Pin,
  type Side,
  TITLE_MAX,
  type ViewLink,
} from '../model/incident.ts'
import { type AttributeMapping, DEFAULT_MAPPING } from '../model/span-batch.ts'
import type { GuildMinutes } from '../model/timings.ts'
import type { TraceSummary } from '../model/trace-list.ts'
import type { FrozenTrace, Manifest, Missing, PieceFormat, PieceRef, Redaction } from './manifest.ts'
import { encodeFlame, encodeMinutes, encodeTraceList, encodeTracePiece, openPiece } from './pieces.ts'
import type { PieceSource } from './reader.ts'
import { redactTrace } from './redact-trace.ts'
import { Redactor, type Sha256, ValueCollector } from './redacted-values.ts'
import { Choices } from './redaction-fields.ts'

export interface RedactInput {
  readonly manifest: Manifest
  readonly entries: readonly Entry[]
  readonly pieces: PieceSource
  readonly choices: readonly Redaction[]
  /** At least 16 random bytes, to be forgotten afterwards. */
  readonly salt: Uint8Array
  readonly sha256: Sha256
  /** Compresses and keeps a new piece. */
  readonly put: (format: PieceFormat, bytes: Uint8Array<ArrayBuffer>) => Promise<Result<PieceRef>>
  readonly mapping?: AttributeMapping
  /** Asked between pieces: a throw ends the work. */
  readonly progress?: (done: number, total: number) => void
}

export interface Redacted {
  readonly manifest: Manifest
  /** They still name the manifests they were written with; whoever writes the copy puts the new one's name there. */
  readonly entries: readonly Entry[]
}

/** Pieces that cannot be read cannot be cleaned: they are left out, and the new manifest says so. */
export async function redact(input: RedactInput): Promise<Result<Redacted>> {
  const { manifest, pieces, salt, sha256 } = input
  const choices = new Choices(input.choices, input.mapping ?? DEFAULT_MAPPING)
  const found = new ValueCollector(choices)
  const work = new Work(input)
  collectFromManifest(manifest, found)
  collectFromEntries(input.entries, found)
  for (const { piece } of manifest.minutes) {
    const minutes = await opened(pieces, piece, openPiece.minutes)
    if (minutes.ok) collectFromMinutes(minutes.value, found)
    work.step()
  }
  for (const { piece } of manifest.lists) {
    const list = await opened(pieces, piece, openPiece.traceList)
    if (list.ok) for (const item of list.value.items) collectFromSummary(item, found)
    work.step()
  }
  for (const { piece } of manifest.traces) {
    const trace = await opened(pieces, piece, openPiece.trace)
    if (trace.ok) {
      const details = trace.value.details()
      if (details.ok) found.addDetails(details.value)
      const { spans, guilds } = trace.value.trace
      for (const { id, name } of guilds) {
        found.addColumn('guild', id)
        found.addColumn('guildName', name ?? '')
      }
      for (const guild of trace.value.guilds) found.addColumn('guild', guild)
      for (const node of spans.nodes) found.addColumn('node', node)
      for (const relay of spans.relays) found.addColumn('relay', relay)
      for (const action of spans.actions) found.addColumn('action', action)
      for (const service of spans.services) found.addColumn('service', service)
    }
    work.step()
  }
  const redactor = await Redactor.make(choices, found, salt, sha256)
  return work.write(redactor)
}

async function opened<T>(
  pieces: PieceSource,
  piece: PieceRef,
  open: (piece: PieceRef, bytes: Uint8Array) => Result<T>,
): Promise<Result<T>> {
  const bytes = await pieces(piece)
  return bytes.ok ? open(piece, bytes.value) : bytes
}

function collectFromManifest(manifest: Manifest, found: ValueCollector): void {
  for (const { side } of [...manifest.minutes, ...manifest.lists]) collectFromSide(side, found)
  for (const flame of manifest.flames) {
    found.addColumn('guild', flame.guildId)
    found.addColumn('action', flame.action ?? '')
  }
  for (const trace of manifest.traces) {
    collectFromSummary(trace.summary, found)
    for (const guild of trace.guilds) found.addColumn('guild', guild)
  }
}

function collectFromSide(side: Side, found: ValueCollector): void {
  found.addColumn('guild', side.guildId)
  found.addColumn('guildName', side.guildName ?? '')
}

function collectFromSummary(summary: TraceSummary, found: ValueCollector): void {
  found.addColumn('guild', summary.guildId ?? '')
  found.addColumn('action', summary.action)
  found.addColumn('service', summary.rootService)
}

function collectFromMinutes(minutes: GuildMinutes, found: ValueCollector): void {
  found.addColumn('guild', minutes.guildId)
  found.addColumn('guildName', minutes.guildName ?? '')
  for (const node of minutes.nodes) found.addColumn('node', node)
  for (const action of minutes.actions) found.addColumn('action', action)
}

function collectFromEntries(entries: readonly Entry[], found: ValueCollector): void {
  for (const { change } of entries) {
    if (change.kind === 'created') for (const side of change.sides) collectFromSide(side, found)
    if (change.kind !== 'note-added') continue
    const { pin } = change
    if (pin.kind === 'cell') {
      found.addColumn('guild', pin.guildId)
      found.addColumn('action', pin.action)
    } else if (pin.kind === 'range') found.addColumn('guild', pin.guildId ?? '')
  }
}

/** The second pass: everything is written anew. */
class Work {
  readonly #input: RedactInput
  readonly #total: number
  #done = 0

  constructor(input: RedactInput) {
    this.#input = input
    const { minutes, lists, flames, traces } = input.manifest
    this.#total = 2 * (minutes.length + lists.length + traces.length) + flames.length
  }

  step(): void {
    this.#input.progress?.(++this.#done, this.#total)
  }

  async write(redactor: Redactor): Promise<Result<Redacted>> {
    const { manifest, entries, choices } = this.#input
    const missing: Missing[] = manifest.missing.map(({ what, reason }) => ({
      what: redactor.text(what),
      reason: redactor.text(reason),
    }))
    const side = (given: Side): Side => redactSide(given, redactor)
    const minutes = await this.#each(manifest.minutes, missing, 'minutes', async ({ piece }) => {
      const read = await opened(this.#input.pieces, piece, openPiece.minutes)
      return read.ok ? ok(encodeMinutes(redactMinutes(read.value, redactor))) : read
    })
    const flames = await this.#each(manifest.flames, missing, 'a flame graph', async ({ piece }) => {
      const read = await opened(this.#input.pieces, piece, openPiece.flame)
      if (!read.ok) return read
      const { tree, notes } = read.value
      const names = tree.names.map((name) => redactor.text(name))
      return ok(
        encodeFlame({ ...read.value, tree: { ...tree, names }, notes: notes.map((note) => redactor.text(note)) }),
      )
    })
    const lists = await this.#each(manifest.lists, missing, 'a list of traces', async ({ piece }) => {
      const read = await opened(this.#input.pieces, piece, openPiece.traceList)
      if (!read.ok) return read
      const items = read.value.items.map((item) => redactSummary(item, redactor))
      return ok(encodeTraceList({ ...read.value, items, notes: read.value.notes.map((note) => redactor.text(note)) }))
    })
    const traces = await this.#each(manifest.traces, missing, 'the spans of a trace', async ({ piece }) => {
      const read = await opened(this.#input.pieces, piece, openPiece.trace)
      if (!read.ok) return read
      const details = read.value.details()
      if (!details.ok) return details
      const { trace, ids, guildOf, guilds } = read.value
      return ok(encodeTracePiece(redactTrace({ trace, ids, guildOf, guilds, details: details.value }, redactor)))
    })
    for (const kind of [minutes, flames, lists, traces]) if (!kind.ok) return kind
    if (!minutes.ok || !flames.ok || !lists.ok || !traces.ok) throw new Error('the loop above has returned')
    const { sample } = manifest
    return ok({
      manifest: {
        ...manifest,
        minutes: minutes.value.map((each) => ({ ...each, side: side(each.side) })),
        flames: flames.value.map(({ action, ...each }) => ({
          ...each,
          guildId: redactor.column('guild', each.guildId),
          ...(action === undefined ? {} : { action: redactor.column('action', action) }),
        })),
        lists: lists.value.map((each) => ({ ...each, side: side(each.side) })),
        traces: traces.value.map(
          (each): FrozenTrace => ({
            ...each,
            summary: redactSummary(each.summary, redactor),
            guilds: each.guilds.map((guild) => redactor.column('guild', guild)),
          }),
        ),
        ...(sample === undefined ? {} : { sample: { ...sample, words: redactor.text(sample.words) } }),
        sources: manifest.sources.map((source) => ({
          ...source,
          name: redactor.text(source.name),
          facts: source.facts.map((fact) => redactor.text(fact)),
        })),
        missing,
        redacted: [...(manifest.redacted ?? []), ...choices],
        redactionNotes: [...new Set([...(manifest.redactionNotes ?? []), ...notesOf(redactor)])],
      },
      entries: entries.map((entry) => redactEntry(entry, redactor)),
    })
  }

  /** Rewrites each piece; one that cannot be read is missing from then on. */
  async #each<T extends { readonly piece: PieceRef }>(
    parts: readonly T[],
    missing: Missing[],
    what: string,
    rewrite: (part: T) => Promise<Result<Uint8Array<ArrayBuffer>>>,
  ): Promise<Result<T[]>> {
    const kept: T[] = []
    for (const part of parts) {
      const bytes = await rewrite(part)
      if (bytes.ok) {
        const piece = await this.#input.put(part.piece.format, bytes.value)
        if (!piece.ok) return piece
        kept.push({ ...part, piece: piece.value })
      } else missing.push({ what, reason: 'could not be read, and so not be redacted' })
      this.step()
    }
    return ok(kept)
  }
}

function notesOf(redactor: Redactor): string[] {
  const notes = [
    'What was measured stays: times, waits, counts and sizes, also where an attribute that was removed stated them.',
  ]
  if (redactor.tooShort > 0)
    notes.push(
      `${redactor.tooShort === 1 ? '1 value is' : `${redactor.tooShort} values are`} shorter than 4 characters: removed under the chosen keys, not looked for elsewhere.`,
    )
  return notes
}

function redactSide(side: Side, redactor: Redactor): Side {
  const { guildName, ...rest } = side
  const name = guildName === undefined ? '' : redactor.column('guildName', guildName)
  return { ...rest, guildId: redactor.column('guild', side.guildId), ...(name === '' ? {} : { guildName: name }) }
}

function redactMinutes(minutes: GuildMinutes, redactor: Redactor): GuildMinutes {
  const { guildName, ...rest } = minutes
  const name = guildName === undefined ? '' : redactor.column('guildName', guildName)
  return {
    ...rest,
    guildId: redactor.column('guild', minutes.guildId),
    ...(name === '' ? {} : { guildName: name }),
    actions: minutes.actions.map((action) => redactor.column('action', action)),
    nodes: minutes.nodes.map((node) => redactor.column('node', node)).filter((node) => node !== ''),
    notes: minutes.notes.map((note) => redactor.text(note)),
  }
}

function redactSummary(summary: TraceSummary, redactor: Redactor): TraceSummary {
  const { guildId } = summary
  return {
    ...summary,
    source: redactor.text(summary.source),
    rootName: redactor.text(summary.rootName),
    rootService: redactor.column('service', summary.rootService),
    action: redactor.column('action', summary.action),
    ...(guildId === undefined ? {} : { guildId: redactor.column('guild', guildId) }),
  }
}

function redactEntry(entry: Entry, redactor: Redactor): Entry {
  return {
    ...entry,
    by: { ...entry.by, name: redactor.text(entry.by.name) },
    change: redactChange(entry.change, redactor),
  }
}

function redactChange(change: Change, redactor: Redactor): Change {
  switch (change.kind) {
    case 'created':
      return {
        ...change,
        title: clipped(redactor.text(change.title), TITLE_MAX),
        sides: change.sides.map((side) => redactSide(side, redactor)),
        view: redactView(change.view, redactor),
      }
    case 'titled':
      return { ...change, title: clipped(redactor.text(change.title), TITLE_MAX) }
    case 'note-added':
      return { ...change, text: redactMarkdown(change.text, redactor), pin: redactPin(change.pin, redactor) }
    case 'note-edited':
      return { ...change, text: redactMarkdown(change.text, redactor) }
    case 'marker-added':
      return { ...change, label: clipped(redactor.text(change.label), LABEL_MAX) }
    case 'evidence-added':
      return { ...change, what: clipped(redactor.text(change.what), 1_000) }
    default:
      return change
  }
}

function redactPin(pin: Pin, redactor: Redactor): Pin {
  if (pin.kind === 'cell')
    return {
      ...pin,
      guildId: redactor.column('guild', pin.guildId),
      action: redactor.column('action', pin.action),
    }
  if (pin.kind === 'range' && pin.guildId !== undefined)
    return { ...pin, guildId: redactor.column('guild', pin.guildId) }
  return pin
}

/** In Markdown a value can stand with backslashes in it; where it does, they go, and the value with them. */
function redactMarkdown(text: string, redactor: Redactor): string {
  const bare = text.replace(/\\([!-/:-@[-`{-~])/g, '$1')
  const clean = redactor.text(bare)
  return clipped(clean === bare ? redactor.text(text) : clean, NOTE_MAX)
}

/** What stands in for a value can be longer than it. */
function clipped(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`
}

function redactView(view: ViewLink, redactor: Redactor): ViewLink {
  const path = view.path
    .split('/')
    .map((part) => {
      const text = decoded(part)
      const clean = redactor.column('guild', text)
      return clean === text ? part : encodeURIComponent(clean)
    })
    .join('/')
  const params = new URLSearchParams(view.search)
  const clean = new URLSearchParams()
  let changed = false
  for (const [name, value] of params) {
    const after = redactor.text(value)
    changed ||= after !== value
    clean.append(name, after)
  }
  return { path, search: changed ? `?${clean}` : view.search }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part // a stray percent sign
  }
}
