/** A trace without what was chosen to stay. */
import { ByteTable } from '../base/byte-interner.ts'
import { Interner } from '../base/interner.ts'
import { Uint32List } from '../base/lists.ts'
import { encodeUtf8 } from '../base/utf8.ts'
import type { SpanColumns, Trace } from '../model/span-columns.ts'
import { listOffsets } from './attribute-order.ts'
import { type AttributeLists, type AttributeShape, type DetailColumns, TYPES } from './detail-columns.ts'
import { renumbered, TEXT_COLUMNS } from './details-renumber.ts'
import type { Redactor } from './redacted-values.ts'
import type { RedactableField } from './redaction-fields.ts'
import { textOf } from './text-table.ts'
import type { TraceParts } from './trace-piece.ts'

const STRING = TYPES.indexOf('string')
const BYTES = TYPES.indexOf('bytes')

export function redactTrace(parts: TraceParts, redactor: Redactor): TraceParts {
  return {
    trace: redactColumns(parts.trace, redactor),
    ids: parts.ids,
    guildOf: parts.guildOf,
    guilds: parts.guilds.map((guild) => redactor.column('guild', guild)),
    details: redactDetails(parts.details, redactor),
  }
}

function redactColumns(trace: Trace, redactor: Redactor): Trace {
  const { spans } = trace
  const names = retold(spans.names, spans.nameId, (name) => redactor.text(name))
  const column = (field: RedactableField, texts: readonly string[], ids: Uint32Array) =>
    retold(texts, ids, (text) => redactor.column(field, text))
  const services = column('service', spans.services, spans.serviceId)
  const nodes = column('node', spans.nodes, spans.nodeId)
  const actions = column('action', spans.actions, spans.actionId)
  const relays = column('relay', spans.relays, spans.relayId)
  const columns: SpanColumns = {
    ...spans,
    ...{ names: names.texts, nameId: names.ids, services: services.texts, serviceId: services.ids },
    ...{ nodes: nodes.texts, nodeId: nodes.ids, actions: actions.texts, actionId: actions.ids },
    ...{ relays: relays.texts, relayId: relays.ids },
  }
  return {
    ...trace,
    source: redactor.text(trace.source),
    guilds: trace.guilds.map(({ id, name }) => {
      const clean = name === undefined ? '' : redactor.column('guildName', name)
      return { id: redactor.column('guild', id), ...(clean === '' ? {} : { name: clean }) }
    }),
    notes: trace.notes.map((note) => redactor.text(note)),
    spans: columns,
  }
}

function retold(texts: readonly string[], ids: Uint32Array, clean: (text: string) => string) {
  const table = new Interner()
  const numbers = Uint32Array.from(texts, (text) => table.id(clean(text)))
  return { texts: table.strings, ids: ids.map((id) => numbers[id]) }
}

function redactDetails(details: DetailColumns, redactor: Redactor): DetailColumns {
  const table = new ByteTable()
  const idOf = (text: string) => {
    const bytes = encodeUtf8(text)
    return table.id(bytes, 0, bytes.length)
  }
  const { texts } = details
  const old = Array.from({ length: texts.end.length }, (_, id) => textOf(texts, id))
  const clean = old.map((text) => redactor.text(text))
  const numbers = Uint32Array.from(clean, idOf)
  const isChanged = (id: number) => clean[id] !== old[id]
  const hashes = new Map<number, number>()
  const hashed = (id: number) => {
    const known = hashes.get(id) ?? idOf(redactor.hash(old[id]))
    hashes.set(id, known)
    return known
  }
  const inBytes = new Map<number, number | undefined>()
  const asBytes = (id: number) => {
    if (!inBytes.has(id)) {
      const text = redactor.bytes(old[id])
      inBytes.set(id, text === undefined ? undefined : idOf(text))
    }
    return inBytes.get(id)
  }
  const columns = {
    ...details,
    lists: redactLists(details.lists, old, redactor, { numbers, isChanged, hashed, asBytes }),
  }
  for (const name of TEXT_COLUMNS) columns[name] = details[name].map((id) => numbers[id])
  // Ids are no text: 16 or 32 hex digits hold no value by accident that anybody would know.
  const isId = (id: number) => /^([0-9a-f]{16}|[0-9a-f]{32})$/.test(old[id])
  const ids = (column: Uint32Array) => column.map((id) => (isId(id) ? idOf(old[id]) : numbers[id]))
  return renumbered({ ...columns, linkTrace: ids(details.linkTrace), linkSpan: ids(details.linkSpan) }, table)
}

/** Text numbers before → after. */
interface Numbers {
  readonly numbers: Uint32Array
  isChanged(id: number): boolean
  hashed(id: number): number
  /** Of a value of type `bytes` that held something in its text; undefined where it held nothing. */
  asBytes(id: number): number | undefined
}

/** Attribute lists without dropped keys. A value that was changed is a string from then on, whatever it was. */
function redactLists(
  lists: AttributeLists,
  texts: readonly string[],
  redactor: Redactor,
  { numbers, isChanged, hashed, asBytes }: Numbers,
): AttributeLists {
  const how = lists.shapes.map(({ keys }) => Array.from(keys, (key) => redactor.choices.keys.get(texts[key])))
  const shapes: AttributeShape[] = []
  const known = new Map<string, number>()
  const shapeOf = new Uint32Array(lists.shapeOf.length)
  const values = new Uint32List()
  for (let l = 0; l < shapeOf.length; l++) {
    const before = lists.shapeOf[l]
    const { keys, types } = lists.shapes[before]
    let form = `${before}`
    for (let k = 0; k < keys.length; k++) {
      const value = lists.values[lists.from[l] + k]
      const choice = how[before][k]
      if (choice === 'dropped') continue
      const inBytes = choice === undefined && types[k] === BYTES ? asBytes(value) : undefined
      const isText = inBytes !== undefined || isChanged(value)
      if (choice === undefined && isText && types[k] !== STRING) form += ` ${k}`
      values.push(choice === 'hashed' ? hashed(value) : (inBytes ?? numbers[value]))
    }
    let shape = known.get(form)
    if (shape === undefined) {
      const asString = new Set(form.split(' ').slice(1).map(Number))
      const kept = Array.from(keys.keys()).filter((k) => how[before][k] !== 'dropped')
      shape = shapes.length
      shapes.push({
        keys: Uint32Array.from(kept, (k) => numbers[keys[k]]),
        types: Uint8Array.from(kept, (k) => (how[before][k] === 'hashed' || asString.has(k) ? STRING : types[k])),
      })
      known.set(form, shape)
    }
    shapeOf[l] = shape
  }
  return { shapes, shapeOf, from: listOffsets(shapes, shapeOf), values: values.toArray() }
}
