import { expect } from 'vitest'
import { sourceSettings } from '../../config/source-fields.ts'
import { createBackendClient } from '../http/create-client.ts'
import { type ReplayOptions, recordedIn, startReplay } from '../http/replay.fixture.ts'
import { openSource } from '../open-source.ts'
import type { TraceSource } from '../trace-source.ts'
import type { TraceSubject } from './trace-contract.ts'

/** The adapter of these settings, as the configuration opens it. */
export function tracesOf(settings: { readonly kind: string; readonly url: string }): {
  readonly source: TraceSource
  close(): Promise<void>
} {
  const parsed = sourceSettings.parse(settings)
  const client = createBackendClient(parsed.kind, parsed)
  const { traces } = openSource(parsed.kind, parsed, client)
  if (traces === undefined) throw new Error(`${parsed.kind} has no traces`)
  return { source: traces, close: () => client.close() }
}

/** The adapter over a folder of answers that `npm run test:backends -- --record` wrote. What is not recorded fails the suite. */
export async function recordedTraces(kind: string, folder: string, options?: ReplayOptions): Promise<TraceSubject> {
  const replay = await startReplay(recordedIn(folder), options)
  const { source, close } = tracesOf({ kind, url: replay.url })
  return {
    source,
    send: async () => {},
    close: async () => {
      await close()
      await replay.close()
      expect(replay.unmatched).toEqual([])
    },
  }
}
