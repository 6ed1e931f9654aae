/** The browser's calls about incidents, freezes and short links. Each throws `ApiFailure`, as those of `api.ts` do. */
import type { IncidentAnswer, ListAnswer } from '../evidence/answers.ts'
import type { KeyUse } from '../evidence/attribute-keys.ts'
import type { FreezeProgress, FreezeRequest, PinRequest } from '../model/freeze.ts'
import type { GuestLink, NewGuestLink, SessionAnswer } from '../model/guest-link.ts'
import type { Change, Entry, ViewLink } from '../model/incident.ts'
import { json, request, send } from './api.ts'

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

/** What a copy is made without. */
export interface Redaction {
  readonly key: string
  readonly how: 'dropped' | 'hashed'
}

export interface RedactionKeys {
  /** Proposed ones first. */
  readonly keys: readonly KeyUse[]
  /** Pieces whose attributes could not be read. */
  readonly damaged: readonly string[]
}

export function fetchRedaction(id: string, signal?: AbortSignal): Promise<RedactionKeys> {
  return json(`${incidentPath(id)}/redaction`, {}, signal)
}

export type ExportFormat = 'html' | 'archive' | 'markdown'

/** The whole file, and the name that the server gives it. */
export async function exportIncident(
  id: string,
  what: { readonly format: ExportFormat; readonly redact: readonly Redaction[] },
  signal?: AbortSignal,
): Promise<{ readonly blob: Blob; readonly name: string }> {
  const response = await request(`${incidentPath(id)}/export`, signal, {
    method: 'POST',
    body: JSON.stringify(what),
    headers: { 'content-type': 'application/json' },
  })
  const given = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1]
  const ending = { html: 'html', archive: 'guildscope', markdown: 'md' }[what.format]
  return { blob: await response.blob(), name: given ?? `incident.${ending}` }
}

export function fetchSession(signal?: AbortSignal): Promise<SessionAnswer> {
  return json('/api/session', {}, signal)
}

export function fetchGuestLinks(id: string, signal?: AbortSignal): Promise<readonly GuestLink[]> {
  return json(`${incidentPath(id)}/links`, {}, signal)
}

export function makeGuestLink(
  id: string,
  link: { readonly expiresHours: number; readonly note: string; readonly redact: readonly Redaction[] },
): Promise<NewGuestLink> {
  return send('POST', `${incidentPath(id)}/links`, link)
}

export function revokeGuestLink(id: string, linkId: string): Promise<unknown> {
  return send('DELETE', `${incidentPath(id)}/links/${encodeURIComponent(linkId)}`)
}
