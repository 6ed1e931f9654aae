import type { AttributeMapping } from '../../model/span-batch.ts'
import { FLAG } from '../../model/span-columns.ts'
import type { NativeType } from './native-blocks.ts'
import { type AttributeKeys, attribute, type TracesShape } from './shape.ts'

/** The columns of an answer about spans, in this order. `SpanRowsReader` reads them. */
export const SPAN_TYPES: readonly NativeType[] = [
  ...(['UInt64', 'UInt64', 'Int64', 'Int64', 'Int64', 'Float32', 'UInt8'] as const),
  ...Array.from({ length: 10 }, (): NativeType => 'text'),
]

/** In what order spans of one trace come: by whole numbers, which the server sorts much faster than texts and times. */
export const SPAN_ORDER = 'startNs, endNs DESC, spanId'

/** `keys`: those that occur at all; what does not is not looked for in a million maps. `trace`: an expression that tells traces apart. */
export function spanSelection(
  shape: TracesShape,
  mapping: AttributeMapping,
  keys: AttributeKeys | undefined,
  trace: string,
): string {
  const has = (name: string, expression: string, otherwise: string) =>
    shape.columns.has(name) ? expression : otherwise
  const of = (wanted: readonly string[]) => attribute(shape, wanted, keys)
  const texts = [
    'toString(SpanName)',
    'toString(ServiceName)',
    ...[mapping.node, mapping.action, mapping.relay, mapping.stage].map(of),
    has('TraceState', 'TraceState', "''"),
    of(mapping.guild),
    of(mapping.guildName),
    trace,
  ]
  return [
    'reinterpretAsUInt64(reverse(unhex(SpanId))) AS spanId',
    'reinterpretAsUInt64(reverse(unhex(ParentSpanId)))',
    'toUnixTimestamp64Nano(Timestamp) AS startNs',
    'toInt64(startNs + toInt64(Duration)) AS endNs',
    `toInt64OrZero(CAST(${of(mapping.enqueued)}, 'String'))`,
    `toFloat32(ifNull(toFloat32OrNull(CAST(${of(mapping.keepRate)}, 'String')), nan))`,
    `toUInt8(${[
      has('StatusCode', `if(toString(StatusCode) IN ('Error', 'STATUS_CODE_ERROR', '2'), ${FLAG.error}, 0)`, '0'),
      has('Events.Name', `if(notEmpty(\`Events.Name\`), ${FLAG.hasEvents}, 0)`, '0'),
      has('Links.TraceId', `if(notEmpty(\`Links.TraceId\`), ${FLAG.hasLinks}, 0)`, '0'),
    ].join(' + ')})`,
    ...texts.map((text) => `toLowCardinality(${text})`),
  ].join(', ')
}
