/**
 * Traces a person can read, for tests: text in, tree out, and the reverse, so that a bug in hand becomes a test in a minute.
 *
 *   api 0 100 stage=api
 *     guild 20 90 stage=guild wait=15 action=message_create
 *       relay 60 70 stage=relay error
 *   lost 30 40 parent=nobody
 *
 * A line is `label start end` in nanoseconds, then options. Indentation gives the parent, `parent=label` overrides it (`-`: none).
 * The label is the span's id (two lines with one label share an id) and, unless `name=` says otherwise, its name. Options:
 * name, service, node, action, relay, stage, wait, head, keep, trace (number), and the flags error, events, links.
 * Values with spaces stand in double quotes.
 */
import { Interner } from '../base/interner.ts'
import { buildForest } from './build-tree.ts'
import { FLAG, type SpanColumns, type Trace } from './span-columns.ts'
import type { SpanRows } from './span-rows.ts'
import { STAGES, stageIdOf } from './stages.ts'

/** Where time 0 of a fixture stands: 2001-09-09T01:46:40Z. */
export const FIXTURE_EPOCH_NS = 1_000_000_000_000_000_000n

const FLAG_WORDS: Readonly<Record<string, number>> = {
  error: FLAG.error,
  events: FLAG.hasEvents,
  links: FLAG.hasLinks,
}

interface Line {
  readonly label: string
  readonly start: number
  readonly end: number
  readonly parent: string
  readonly flags: number
  readonly options: ReadonlyMap<string, string>
}

/** The rows that a fixture's lines describe, in their order. */
export function rowsFromText(text: string): SpanRows {
  const lines = parseLines(text)
  const ids = new Interner()
  const tables = {
    name: new Interner(),
    service: new Interner(),
    node: new Interner(),
    action: new Interner(),
    relay: new Interner(),
  }
  const option = (line: Line, key: string) => line.options.get(key) ?? ''
  const rate = (line: Line, key: string) => Number(line.options.get(key) ?? Number.NaN)
  const at = (ns: number) => FIXTURE_EPOCH_NS + BigInt(ns)
  const column = (key: keyof typeof tables) =>
    Uint32Array.from(lines, (line) => tables[key].id(line.options.get(key) ?? (key === 'name' ? line.label : '')))
  return {
    count: lines.length,
    traceNo: Uint32Array.from(lines, (line) => Number(line.options.get('trace') ?? 0)),
    spanId: BigUint64Array.from(lines, (line) => BigInt(ids.id(line.label))),
    parentId: BigUint64Array.from(lines, (line) => BigInt(ids.id(line.parent))),
    startNs: BigInt64Array.from(lines, (line) => at(line.start)),
    endNs: BigInt64Array.from(lines, (line) => at(line.end)),
    nameId: column('name'),
    serviceId: column('service'),
    nodeId: column('node'),
    actionId: column('action'),
    relayId: column('relay'),
    stageId: Uint8Array.from(lines, (line) => stageIdOf(option(line, 'stage'))),
    flags: Uint8Array.from(lines, (line) => line.flags),
    enqueuedNs: BigInt64Array.from(lines, (line) =>
      line.options.has('wait') ? at(line.start - Number(option(line, 'wait'))) : 0n,
    ),
    headRate: Float32Array.from(lines, (line) => rate(line, 'head')),
    keepRate: Float32Array.from(lines, (line) => rate(line, 'keep')),
    names: tables.name.strings,
    services: tables.service.strings,
    nodes: tables.node.strings,
    actions: tables.action.strings,
    relays: tables.relay.strings,
  }
}

/** The fixture as a tree. */
export function spansFromText(text: string): SpanColumns {
  return buildForest(rowsFromText(text)).spans
}

/** The fixture as a whole trace. */
export function traceFromText(text: string, rest: Partial<Omit<Trace, 'spans'>> = {}): Trace {
  const spans = spansFromText(text)
  return {
    traceId: '0123456789abcdef0123456789abcdef',
    source: 'fixture',
    guilds: [],
    totalSpans: spans.count,
    notes: [],
    ...rest,
    spans,
  }
}

/** The tree as lines that `rowsFromText` reads again; facts found while building (orphan, cycle, …) stand behind `//`. */
export function textFromSpans(spans: SpanColumns): string {
  const seen = new Set<string>()
  const lines: string[] = []
  for (let i = 0; i < spans.count; i++) {
    const name = spans.names[spans.nameId[i]]
    const label = /^[^\s"=/-][^\s"=]*$/.test(name) && !seen.has(name) ? name : `#${i}`
    seen.add(label)
    const words = [label, String(spans.start[i]), String(spans.start[i] + spans.duration[i])]
    const say = (key: string, value: string) => {
      if (value !== '') words.push(`${key}=${/[\s"]/.test(value) ? JSON.stringify(value) : value}`)
    }
    const inferred = (spans.flags[i] & FLAG.waitInferred) !== 0
    if (label !== name) say('name', name)
    say('service', spans.services[spans.serviceId[i]])
    say('node', spans.nodes[spans.nodeId[i]])
    say('action', spans.actions[spans.actionId[i]])
    say('relay', spans.relays[spans.relayId[i]])
    if (spans.stageId[i] !== 0) say('stage', STAGES[spans.stageId[i]])
    if (!Number.isNaN(spans.wait[i]) && !inferred) say('wait', String(spans.wait[i]))
    for (const [word, bit] of Object.entries(FLAG_WORDS)) if ((spans.flags[i] & bit) !== 0) words.push(word)
    const facts: string[] = (['orphan', 'cycle', 'negativeDuration', 'duplicateId'] as const).filter(
      (fact) => (spans.flags[i] & FLAG[fact]) !== 0,
    )
    if (inferred) facts.push(`inferred wait ${spans.wait[i]}`)
    if (!Number.isNaN(spans.weight[i])) facts.push(`×${Number(spans.weight[i].toPrecision(6))}`)
    if (facts.length > 0) words.push(`// ${facts.join(', ')}`)
    lines.push('  '.repeat(spans.depth[i]) + words.join(' '))
  }
  return lines.join('\n')
}

function parseLines(text: string): readonly Line[] {
  const lines: Line[] = []
  const open: { readonly indent: number; readonly label: string }[] = []
  for (const raw of text.split('\n')) {
    const content = raw.replace(/(^|\s)\/\/.*$/, '').trimEnd()
    if (content.trim() === '') continue
    const indent = content.search(/\S/)
    const [label = '', start, end, ...rest] = content.match(/(?:[^\s"]|"(?:\\.|[^"\\])*")+/g) ?? []
    if (!Number.isInteger(Number(start)) || !Number.isInteger(Number(end)))
      throw new Error(`A fixture line is "label start end …", this one is "${content}"`)
    while (open.length > 0 && open[open.length - 1].indent >= indent) open.pop()
    const above = open.length === 0 ? '' : open[open.length - 1].label
    open.push({ indent, label })
    let flags = 0
    const options = new Map<string, string>()
    for (const word of rest) {
      const equals = word.indexOf('=')
      if (equals === -1) {
        if (FLAG_WORDS[word] === undefined) throw new Error(`Unknown flag "${word}" in a fixture`)
        flags |= FLAG_WORDS[word]
      } else {
        const value = word.slice(equals + 1)
        options.set(word.slice(0, equals), value.startsWith('"') ? String(JSON.parse(value)) : value)
      }
    }
    const parent = options.get('parent') ?? above
    lines.push({ label, start: Number(start), end: Number(end), parent: parent === '-' ? '' : parent, flags, options })
  }
  return lines
}
