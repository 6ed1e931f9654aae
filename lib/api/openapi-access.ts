/** Routes of who may see what, for the OpenAPI document. */
import * as params from './access-params.ts'
import type { Operation } from './openapi.ts'

export const ACCESS_OPERATIONS: readonly Operation[] = [
  { path: '/api/session', summary: 'Who am I, and what may I', answer: 'SessionAnswer' },
  {
    path: '/api/session',
    summary: 'Sign in with the owner token',
    method: 'post',
    body: params.signInBody,
    answer: 'A cookie',
  },
  { path: '/api/session', summary: 'Sign out', method: 'delete', answer: 'Takes the cookie away' },
  {
    path: '/api/guest',
    summary: 'Exchange a guest link’s secret for a cookie',
    method: 'post',
    body: params.guestBody,
    answer: 'The incident it opens, and a cookie',
  },
  {
    path: '/api/incidents/{id}/links',
    summary: 'Guest links of an incident, without secrets',
    params: params.incidentLinksParams,
    answer: 'GuestLink[]',
  },
  {
    path: '/api/incidents/{id}/links',
    summary: 'Make a guest link',
    method: 'post',
    params: params.incidentLinksParams,
    body: params.newLinkBody,
    answer: 'NewGuestLink: the secret is in it, this once',
  },
  {
    path: '/api/incidents/{id}/links/{link}',
    summary: 'Revoke a guest link',
    method: 'delete',
    params: params.incidentLinkParams,
    answer: 'GuestLink',
  },
  {
    path: '/api/incidents/{id}/picture.png',
    summary: 'Title, numbers and heat map as a picture; open to anyone where a public address is configured',
    params: params.incidentLinksParams,
    query: params.pictureQuery,
    answer: '1200 × 630',
    mediaType: 'image/png',
  },
]
