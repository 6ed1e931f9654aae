/** Routes that answer from the frozen evidence of an incident what the live ones answer from the sources. */
import type { z } from 'zod'
import type { Result } from '../base/result.ts'
import type { EvidenceReader } from '../evidence/reader.ts'
import type { Identity } from '../server/access.ts'
import type { RedactedView } from '../server/auth/guest-links.ts'
import type { Instance } from '../server/instance.ts'
import { jsonResponse } from './respond.ts'
import { get } from './route.ts'

/** What whoever asks sees instead of the incident's own evidence and log; undefined: those. */
export function viewFor(instance: Instance, identity: Identity): RedactedView | undefined {
  return identity.kind === 'guest' ? instance.access.guests.redactedView(identity.linkId) : undefined
}

/** The manifest that whoever asks may see: of a redacted link, the redacted one; undefined: the incident's own. */
export function manifestFor(instance: Instance, identity: Identity): string | undefined {
  return viewFor(instance, identity)?.manifest
}

/** A GET handler whose `work` asks the evidence of the incident `{id}`; its guests may, too. */
export function getFrozen<P extends { readonly id: string }, Q, T>(
  params: z.ZodType<P>,
  query: z.ZodType<Q>,
  work: (reader: EvidenceReader, input: { readonly params: P; readonly query: Q }) => Promise<Result<T>>,
  respond: (value: T, request: Request) => Promise<Response> = jsonResponse,
) {
  return get(
    params,
    query,
    async (input) => {
      const reader = await input.instance.incidents.reader(input.params.id, manifestFor(input.instance, input.identity))
      return reader.ok ? work(reader.value, input) : reader
    },
    respond,
    'incident',
  )
}
