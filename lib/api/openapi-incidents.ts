/** What the OpenAPI document says about incidents, freezes and short links. */
import { ARCHIVE_MEDIA_TYPE } from '../incidents/archive-write.ts'
import { shortLinkSchema } from '../incidents/short-links.ts'
import * as incident from './incident-params.ts'
import type { Operation } from './openapi.ts'
import * as params from './params.ts'

export const INCIDENT_OPERATIONS: readonly Operation[] = [
  { path: '/api/incidents', summary: 'Incidents, newest change first', answer: 'ListAnswer' },
  {
    path: '/api/incidents',
    method: 'post',
    summary: 'Freeze evidence into a new incident',
    body: incident.freezeBody,
    answer: 'The id of the freeze; see /api/freezes',
  },
  {
    path: '/api/incidents/{id}',
    summary: 'An incident and what it has frozen',
    params: incident.incidentParams,
    answer: 'IncidentAnswer',
  },
  {
    path: '/api/incidents/{id}/evidence',
    method: 'post',
    summary: 'Freeze more into an incident',
    params: incident.incidentParams,
    body: incident.pinBody,
    answer: 'The id of the freeze; see /api/freezes',
  },
  {
    path: '/api/incidents/{id}/entries',
    summary: 'The history of an incident',
    params: incident.incidentParams,
    query: incident.entriesQuery,
    answer: 'Entries in order',
  },
  {
    path: '/api/incidents/{id}/entries',
    method: 'post',
    summary: 'Change an incident; the same id twice is one entry',
    params: incident.incidentParams,
    body: incident.entryBody,
    answer: 'The entry with its seq',
  },
  {
    path: '/api/incidents/{id}/events',
    summary: 'New entries as they come; Last-Event-ID is honoured',
    params: incident.incidentParams,
    query: incident.entriesQuery,
    answer: 'Server-sent events, one per entry; a comment every 15 s',
    mediaType: 'text/event-stream',
  },
  {
    path: '/api/freezes/{freezeId}',
    summary: 'How far a freeze is',
    params: incident.freezeParams,
    answer: 'FreezeProgress',
  },
  {
    path: '/api/freezes/{freezeId}',
    method: 'delete',
    summary: 'Cancel a freeze; nothing half-made stays',
    params: incident.freezeParams,
    answer: 'FreezeProgress',
  },
  {
    path: '/api/links',
    method: 'post',
    summary: 'Store a view that is too long for a link; the same view has the same hash',
    body: shortLinkSchema,
    answer: 'The hash; /s/{hash} leads to the view',
  },
  { path: '/api/links/{hash}', summary: 'A stored view', params: incident.linkParams, answer: 'ViewLink' },
  {
    path: '/api/incidents/{id}',
    method: 'delete',
    summary: 'Delete an incident and what only it has frozen',
    params: incident.incidentParams,
    body: incident.deleteBody,
    answer: 'How many blobs went with it',
  },
  {
    path: '/api/incidents/import',
    method: 'post',
    summary: 'Import a .guildscope archive, at most 512 MiB',
    body: [ARCHIVE_MEDIA_TYPE],
    answer: 'ImportAnswer',
  },
  {
    path: '/api/incidents/{id}/evidence/guilds/{guild}/minutes',
    summary: 'Frozen minutes × action types of one guild',
    params: incident.evidenceGuildParams,
    query: params.minutesQuery,
    answer: 'GuildMinutes',
  },
  {
    path: '/api/incidents/{id}/evidence/guilds/{guild}/flame',
    summary: 'A frozen flame graph, or one merged from the frozen traces',
    params: incident.evidenceGuildParams,
    query: params.flameQuery,
    answer: 'FlameAnswer',
  },
  {
    path: '/api/incidents/{id}/evidence/guilds/{guild}/retention',
    summary: 'How long frozen minutes are kept',
    params: incident.evidenceGuildParams,
    answer: 'Retention',
  },
  {
    path: '/api/incidents/{id}/evidence/traces',
    summary: 'Search the frozen lists of traces',
    params: incident.incidentParams,
    query: params.tracesQuery,
    answer: 'A page of TraceSummary',
  },
  {
    path: '/api/incidents/{id}/evidence/traces/{trace}',
    summary: 'One frozen trace whole, in the wire format',
    params: incident.evidenceTraceParams,
    answer: 'Columns; docs/wire-format.md',
    mediaType: 'application/vnd.guildscope.trace',
  },
  {
    path: '/api/incidents/{id}/evidence/traces/{trace}/ids',
    summary: 'Span ids of a frozen trace in column order',
    params: incident.evidenceTraceParams,
    answer: 'Little-endian 64-bit ids',
    mediaType: 'application/octet-stream',
  },
  {
    path: '/api/incidents/{id}/evidence/traces/{trace}/spans/{index}',
    summary: 'One frozen span in full',
    params: incident.evidenceSpanParams,
    query: params.spanQuery,
    answer: 'SpanDetails',
  },
]
