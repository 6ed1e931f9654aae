/** The contract of every adapter over answers built as Tempo documents them (`built-tempo.fixture.ts`): Tempo itself is not run by any test. */
import { expect } from 'vitest'
import { LOST_BY } from '../contract/losses.ts'
import { payloadContract } from '../contract/payload-contract.ts'
import { tracesOf } from '../contract/subjects.fixture.ts'
import { startReplay } from '../http/replay.fixture.ts'
import { BuiltTempo } from './built-tempo.fixture.ts'

payloadContract('tempo, answers built by its format', {
  losses: LOST_BY.tempo,
  open: async () => {
    const tempo = new BuiltTempo()
    const replay = await startReplay([], { otherwise: (request) => tempo.answer(request) })
    const { source, close } = tracesOf({ kind: 'tempo', url: replay.url })
    return {
      source,
      send: async (request) => tempo.take(request),
      close: async () => {
        await close()
        await replay.close()
        expect(replay.unmatched).toEqual([])
      },
    }
  },
})
