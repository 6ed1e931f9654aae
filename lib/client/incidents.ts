/** The browser's calls about incidents, freezes and short links. Each throws `ApiFailure`, as those of `api.ts` do. */
import type { IncidentAnswer, ListAnswer } from '../evidence/answers.ts'
import type { FreezeProgress, FreezeRequest, PinRequest } from '../model/freeze.ts'
import type { Change, Entry, ViewLink } from '../model/incident.ts'
import { json, send } from './api.ts'

/** Begins to copy evidence into a new incident. */
export function startFreeze(request: FreezeRequest, signal?: AbortSignal): Promise<{ readonly freezeId: string }> {
  return send('POST', '/api/incidents', request, signal)
}

/** Begins to copy more evidence into an incident. */
export function pinEvidence(
  incidentId: string,
  request: PinRequest,
  signal?: AbortSignal,
): Promise<{ readonly freezeId: string }> {
  return send('POST', `/api/incidents/${encodeURIComponent(incidentId)}/evidence`, request, signal)
}

export function fetchFreeze(freezeId: string, signal?: AbortSignal): Promise<FreezeProgress> {
  return json(freezePath(freezeId), {}, signal)
}

/** Nothing half-made stays. */
export function cancelFreeze(freezeId: string, signal?: AbortSignal): Promise<FreezeProgress> {
  return send('DELETE', freezePath(freezeId), undefined, signal)
}

function freezePath(freezeId: string): string {
  return `/api/freezes/${encodeURIComponent(freezeId)}`
}

/** All, or those about `guild`, or those that have `trace` frozen. */
export function fetchIncidents(
  signal?: AbortSignal,
  only: { readonly guild?: string; readonly trace?: string } = {},
): Promise<ListAnswer> {
  return json('/api/incidents', { guild: only.guild, trace: only.trace }, signal)
}

export function fetchIncident(id: string, signal?: AbortSignal): Promise<IncidentAnswer> {
  return json(incidentPath(id), {}, signal)
}

/** `id` is made by the writer: the same twice is one entry. */
export function postEntry(incidentId: string, entry: { readonly id: string; readonly change: Change }): Promise<Entry> {
  return send('POST', `${incidentPath(incidentId)}/entries`, entry)
}

export function eventsUrl(incidentId: string, after: number): string {
  return `${incidentPath(incidentId)}/events?after=${after}`
}

/** `title`: typed again by whoever deletes it. */
export function deleteIncident(id: string, title: string): Promise<unknown> {
  return send('DELETE', incidentPath(id), { title })
}

function incidentPath(id: string): string {
  return `/api/incidents/${encodeURIComponent(id)}`
}

/** Stores a view too long for a link; the same view twice has one hash. */
export function storeLink(view: ViewLink, signal?: AbortSignal): Promise<{ readonly hash: string }> {
  return send('POST', '/api/links', view, signal)
}

export function fetchLink(hash: string, signal?: AbortSignal): Promise<ViewLink> {
  return json(`/api/links/${encodeURIComponent(hash)}`, {}, signal)
}
