/** A guest link with a redaction on a real store: the copy is what its guests get, and it outlives the sweep of unnamed blobs. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fail } from '../base/result.ts'
import { ANN } from '../incidents/incidents-fixture.ts'
import { must, TestInstance, traceIdOf } from '../incidents/instance-fixture.ts'
import { guestFiles } from './auth/guest-files.ts'
import { openGuestLinks } from './auth/guest-links.ts'
import { createPreviews } from './previews.ts'
import { stateOf } from './redacted-log.ts'

let instance: TestInstance
beforeAll(async () => {
  instance = await TestInstance.start()
})
afterAll(() => instance.dispose())

const REDACT = [{ key: 'guild.name', how: 'dropped' }] as const
const NAME = 'Pixel Arena'

test('its guests read a copy of evidence and log without what was dropped', async () => {
  const { incidents } = instance
  const id = await instance.frozen({ traceIds: [traceIdOf(3)] })
  const note = (text: string) =>
    incidents.append(
      id,
      randomUUID(),
      { kind: 'note-added', noteId: randomUUID(), text, pin: { kind: 'incident' } },
      ANN,
    )
  must(await note(`It was ${NAME}.`))
  const guests = openGuestLinks(guestFiles(`${instance.dataDir}/incidents`), true, true)
  const { link, secret } = must(
    await incidents.redactedCopy(id, REDACT, (copy) =>
      guests.make(id, { expiresHours: 1, note: '', by: ANN, redacted: REDACT, copy }),
    ),
  )
  expect((await guests.check(link.linkId, secret)).ok).toBe(true)
  must(await note(`Sure: ${NAME}, later.`))

  const view = must(await guests.redactedView(link.linkId))
  if (view === undefined) throw new Error('no view')
  const state = must(await stateOf(incidents, id, view))
  expect(JSON.stringify(state)).not.toContain(NAME)
  expect(JSON.stringify(state)).not.toContain('later')
  expect(state.incident).toMatchObject({ id, manifest: view.manifest })
  expect(state.incident.notes).toHaveLength(1)
  const opened = must(await incidents.open(id, view.manifest))
  expect(JSON.stringify(opened.manifest)).not.toContain(NAME)
  expect(opened.manifest?.redacted).toEqual(REDACT)
  expect(opened.damaged).toEqual([])
  const reader = must(await incidents.reader(id, view.manifest))
  const side = state.incident.sides[0]
  const minutes = must(await reader.minutes(side.guildId, side))
  expect(minutes.guildName).toBeUndefined()
  expect(minutes.actions.length).toBeGreaterThan(0)
  const previews = createPreviews(incidents)
  expect(JSON.stringify(must(await previews.pictures.preview(previews.source(view), id)))).not.toContain(NAME)
  // The owner still has all of it.
  expect(JSON.stringify(must(await incidents.open(id)))).toContain(NAME)
})

test('a copy that nothing names in the end leaves nothing', async () => {
  const { incidents } = instance
  const id = await instance.frozen({})
  let made = ''
  const refused = await incidents.redactedCopy(id, REDACT, async (copy) => {
    made = copy.manifest
    return fail('conflict', 'guest links', 'No.', 'No.')
  })
  expect(refused.ok).toBe(false)
  expect(await incidents.evidence.has(made)).toBe(false)
})
