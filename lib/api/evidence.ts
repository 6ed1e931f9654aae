/** Routes that answer from the frozen evidence of an incident what the live ones answer from the sources. */
import type { z } from 'zod'
import { ok, type Result } from '../base/result.ts'
import type { EvidenceReader } from '../evidence/reader.ts'
import type { Identity } from '../server/access.ts'
import type { RedactedView } from '../server/auth/guest-links.ts'
import type { Instance } from '../server/instance.ts'
import { jsonResponse } from './respond.ts'
import { get } from './route.ts'

/** What whoever asks sees instead of the incident's own evidence and log; undefined: those. */
export async function viewFor(instance: Instance, identity: Identity): Promise<Result<RedactedView | undefined>> {
  return identity.kind === 'guest' ? instance.access.guests.redactedView(identity.linkId) : ok(undefined)
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
      const view = await viewFor(input.instance, input.identity)
      if (!view.ok) return view
      const reader = await input.instance.incidents.reader(input.params.id, view.value?.manifest)
      return reader.ok ? work(reader.value, input) : reader
    },
    respond,
    'incident',
  )
}
