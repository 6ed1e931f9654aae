/** The OpenAPI 3.1 document, made from the same zod schemas the routes check with. */
import { z } from 'zod'
import { ACCESS_OPERATIONS } from './openapi-access.ts'
import { INCIDENT_OPERATIONS } from './openapi-incidents.ts'
import * as params from './params.ts'

export interface Operation {
  readonly path: string
  readonly summary: string
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  readonly answer: string
  readonly mediaType?: string
  /** Absent: get. */
  readonly method?: 'get' | 'post' | 'delete'
  /** Media types of the body, or the schema of a JSON body. */
  readonly body?: readonly string[] | z.ZodType
}

const OPERATIONS: readonly Operation[] = [
  ...INCIDENT_OPERATIONS,
  ...ACCESS_OPERATIONS,
  { path: '/api/health', summary: 'What is up', answer: 'Status and receivers' },
  {
    path: '/api/sources',
    summary: 'What feeds this instance',
    answer: 'Sources, receivers, figures of the store, retention',
  },
  {
    path: '/api/sources/{name}/try',
    summary: 'Ask one source now, within 15 s',
    method: 'post',
    params: params.sourceParams,
    answer: 'SourceHealth[]: one for its traces, one for its timings',
  },
  {
    path: '/api/fleet',
    summary: 'Guilds ranked, and the fleet’s load per action type',
    query: params.fleetQuery,
    answer: 'FleetAnswer',
  },
  {
    path: '/api/guilds/{id}/minutes',
    summary: 'Minutes × action types of one guild',
    params: params.guildParams,
    query: params.minutesQuery,
    answer: 'GuildMinutes',
  },
  {
    path: '/api/guilds/{id}/hours',
    summary: 'Hourly totals of minutes that have rotated, per action type',
    params: params.guildParams,
    query: params.minutesQuery,
    answer: 'HourlyTotal[]',
  },
  {
    path: '/api/guilds/{id}/flame',
    summary:
      'The guild’s traces of a range merged to one call tree. With Accept: application/x-ndjson, lines of {"progress"} before the {"answer"} or {"failure"}',
    params: params.guildParams,
    query: params.flameQuery,
    answer: 'FlameAnswer',
  },
  {
    path: '/api/guilds/{id}/retention',
    summary: 'From when on this guild’s minutes are kept',
    params: params.guildParams,
    query: params.timingsSourceQuery,
    answer: 'Retention',
  },
  { path: '/api/traces', summary: 'Search traces', query: params.tracesQuery, answer: 'A page of TraceSummary' },
  {
    path: '/api/traces/{id}',
    summary: 'One trace whole, in the wire format',
    params: params.traceParams,
    query: params.traceSourceQuery,
    answer: 'Columns; docs/wire-format.md',
    mediaType: 'application/vnd.guildscope.trace',
  },
  {
    path: '/api/traces/{id}/sources',
    summary: 'In which sources a trace is, as far as is known',
    params: params.traceParams,
    query: params.traceSourcesQuery,
    answer: 'TraceWhereabouts',
  },
  {
    path: '/api/traces/{id}/ids',
    summary: 'Span ids in column order',
    params: params.traceParams,
    query: params.traceSourceQuery,
    answer: 'Little-endian 64-bit ids',
    mediaType: 'application/octet-stream',
  },
  {
    path: '/api/traces/{id}/spans/{index}',
    summary: 'One span in full',
    params: params.spanParams,
    query: params.spanQuery,
    answer: 'SpanDetails',
  },
  {
    path: '/api/timings/guilds',
    summary: 'Reading contract of the timings: guilds',
    query: params.fleetQuery,
    answer: 'FleetAnswer',
  },
  {
    path: '/api/timings/guilds/{id}',
    summary: 'Reading contract of the timings: one guild’s samples',
    params: params.guildParams,
    query: params.samplesQuery,
    answer: 'Samples as they were sent',
  },
  {
    path: '/v1/traces',
    summary: 'OTLP/HTTP traces',
    method: 'post',
    body: ['application/x-protobuf', 'application/json'],
    answer: 'ExportTraceServiceResponse; acknowledged spans are on disk',
  },
  {
    path: '/v1/timings',
    summary: 'Guild timings',
    method: 'post',
    body: ['application/json', 'application/x-ndjson'],
    answer: 'Accepted and rejected counts; accepted samples are on disk',
  },
]

const FAILURE = {
  type: 'object',
  required: ['failure'],
  properties: {
    failure: {
      type: 'object',
      required: ['kind', 'source', 'what', 'tryThis'],
      properties: {
        kind: {
          enum: [
            ...['bad-request', 'forbidden', 'not-found', 'conflict', 'rotated', 'too-large', 'busy', 'unavailable'],
            'cancelled',
          ],
        },
        source: { type: 'string' },
        what: { type: 'string' },
        tryThis: { type: 'string' },
      },
    },
  },
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): object[] {
  if (schema === undefined) return []
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  const required = new Set(json.required ?? [])
  return Object.entries(json.properties ?? {}).map(([name, shape]) => ({
    name,
    in: place,
    required: place === 'path' || required.has(name),
    schema: shape,
  }))
}

function contentOf(body: NonNullable<Operation['body']>): Record<string, object> {
  if (!(body instanceof z.ZodType)) return Object.fromEntries(body.map((type) => [type, {}]))
  return { 'application/json': { schema: z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' }) } }
}

/** `version` is the application's. */
export function openApi(version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const operation of OPERATIONS) {
    const mediaType = operation.mediaType ?? 'application/json'
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method ?? 'get']: {
        summary: operation.summary,
        parameters: [...parametersOf(operation.params, 'path'), ...parametersOf(operation.query, 'query')],
        ...(operation.body === undefined
          ? {}
          : { requestBody: { required: true, content: contentOf(operation.body) } }),
        responses: {
          200: { description: operation.answer, content: { [mediaType]: {} } },
          default: {
            description: 'What happened, to which source, what to try',
            content: { 'application/json': { schema: FAILURE } },
          },
        },
      },
    }
  }
  return { openapi: '3.1.0', info: { title: 'Guildscope', version }, paths }
}

/** `GET /api/fleet` and so on, for the test that compares them with the routes on disk. */
export const DOCUMENTED: readonly string[] = OPERATIONS.map(
  (operation) => `${(operation.method ?? 'get').toUpperCase()} ${operation.path}`,
)
