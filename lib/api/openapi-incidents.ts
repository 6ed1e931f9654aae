/** What the OpenAPI document says about incidents, freezes and short links. */
import { shortLinkSchema } from '../incidents/short-links.ts'
import * as incident from './incident-params.ts'
import type { Operation } from './openapi.ts'

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
]
