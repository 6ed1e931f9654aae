/** What the routes of who may see what accept. */
import { z } from 'zod'
import { LINK_HOURS_MAX, LINK_NOTE_MAX } from '../model/guest-link.ts'
import { redactions } from './incident-params.ts'

const secret = z.string().min(1, 'must not be empty').max(200, 'is too long')

export const signInBody = z.strictObject({
  token: secret,
  name: z.string().min(1, 'must not be empty').max(200, 'is too long'),
})

/** `cookie` false: the secret is only checked and the opening counted; for a page within another site's frame. */
export const guestBody = z.strictObject({ linkId: secret, secret, cookie: z.boolean().default(true) })

const incidentId = z.string().min(1, 'must not be empty').max(100, 'is too long')
export const incidentLinksParams = z.object({ id: incidentId })
export const incidentLinkParams = z.object({ id: incidentId, link: z.string().min(1).max(100) })

export const newLinkBody = z.strictObject({
  expiresHours: z
    .number({ error: 'must be a number of hours' })
    .positive('must be greater than 0')
    .max(LINK_HOURS_MAX, `must be at most ${LINK_HOURS_MAX} (90 days)`),
  note: z.string().max(LINK_NOTE_MAX, `must have at most ${LINK_NOTE_MAX} characters`).default(''),
  /** Attribute keys whose values its guests do not get; they see a copy made now. */
  redact: redactions.default([]),
})

export const noBody = z.undefined({ error: 'nothing is expected in the body' })

/** `link`: of a guest link that shows a redacted copy, that copy. */
export const pictureQuery = z.object({ link: z.string().max(100, 'is too long').optional() })
