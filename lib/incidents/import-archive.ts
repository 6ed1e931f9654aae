/** Takes in an archive: saved to a file of its own first, checked whole, then merged with what is here. */
import { randomUUID } from 'node:crypto'
import { mkdir, open, rm } from 'node:fs/promises'
import path from 'node:path'
import { formatBytes, formatExact } from '../base/format.ts'
import { fail, ok, type Result } from '../base/result.ts'
import type { ImportAnswer } from '../evidence/answers.ts'
import { canonicalJson } from '../evidence/parse-manifest.ts'
import { type Author, ENTRY_VERSION, type Entry } from '../model/incident.ts'
import { ARCHIVE_BYTES_MAX, type ReadArchive, readArchive } from './archive-read.ts'
import { unfinishedName } from './durable.ts'
import { type FreezeContext, whole } from './freeze.ts'
import { newId } from './ids.ts'
import type { IncidentLogs } from './logs.ts'

/** Imports the bytes of an archive. `folder`: that of the incidents. Nothing of a refused archive is kept. */
export async function importArchive(
  context: Pick<FreezeContext, 'logs' | 'evidence'>,
  folder: string,
  body: AsyncIterable<Uint8Array>,
  author: Author,
  nowMs: number,
): Promise<Result<ImportAnswer>> {
  const file = path.join(folder, unfinishedName())
  try {
    return await whole(context.evidence, 'The archive was not imported', async (batch) => {
      const saved = await save(body, file)
      if (!saved.ok) return saved
      const archive = await readArchive(file, batch)
      if (!archive.ok) return archive
      await batch.settle()
      return merge(context.logs, archive.value, author, nowMs)
    })
  } finally {
    await rm(file, { force: true })
  }
}

async function save(body: AsyncIterable<Uint8Array>, file: string): Promise<Result<undefined>> {
  await mkdir(path.dirname(file), { recursive: true })
  const handle = await open(file, 'wx')
  try {
    let size = 0
    for await (const chunk of body) {
      size += chunk.byteLength
      if (size > ARCHIVE_BYTES_MAX)
        return fail(
          'too-large',
          'archive',
          `The archive is larger than ${formatBytes(ARCHIVE_BYTES_MAX)}. Nothing of it was kept.`,
          'Export the incident with fewer traces.',
        )
      await handle.write(chunk)
    }
    return size > 0
      ? ok(undefined)
      : fail('bad-request', 'archive', 'The archive is empty.', 'Send its bytes as the body.')
  } finally {
    await handle.close()
  }
}

/** The same beginning: the longer log wins. Different changes since: both are kept, side by side. */
async function merge(
  logs: IncidentLogs,
  { incidentId, entries }: ReadArchive,
  author: Author,
  nowMs: number,
): Promise<Result<ImportAnswer>> {
  const there = await logs.has(incidentId)
  if (!there.ok) return there
  if (!there.value) {
    const made = await logs.create(incidentId, entries)
    return made.ok ? ok({ incidentId, outcome: 'new', words: 'The incident was imported.' }) : made
  }
  const here = await logs.state(incidentId)
  if (!here.ok) return beside(logs, entries, author, nowMs, `The log of the incident ${incidentId} here cannot be read`)
  const known = here.value.entries
  const same = sharedLength(known, entries)
  if (same === entries.length) {
    const ahead = known.length - same
    const words =
      ahead === 0 ? 'It is already here.' : `It is already here, with ${changes(ahead)} more than in the archive.`
    return ok({ incidentId, outcome: 'already-here', words })
  }
  if (same === known.length) {
    const added = entries.slice(same)
    const longer = await logs.extend(incidentId, added)
    return longer.ok ? ok({ incidentId, outcome: 'longer', words: `${changes(added.length)} added.` }) : longer
  }
  const since = same === 0 ? 'from its first change on' : `after ${changes(same)} that both have`
  return beside(logs, entries, author, nowMs, `The incident ${incidentId} here differs from the archive ${since}`)
}

async function beside(
  logs: IncidentLogs,
  entries: readonly Entry[],
  author: Author,
  nowMs: number,
  why: string,
): Promise<Result<ImportAnswer>> {
  const before = await importedBefore(logs, entries)
  if (!before.ok) return before
  if (before.value !== undefined)
    return ok({
      incidentId: before.value,
      outcome: 'already-here',
      words: `${why}, so it was imported as an incident of its own before.`,
    })
  const incidentId = newId()
  const last = entries[entries.length - 1]
  const text = `${why}, so the archive was imported as an incident of its own. Neither was changed.`
  const note: Entry = {
    v: ENTRY_VERSION,
    id: randomUUID(),
    seq: last.seq + 1,
    atMs: Math.max(nowMs, last.atMs),
    by: author,
    change: { kind: 'note-added', noteId: randomUUID(), text, pin: { kind: 'incident' } },
  }
  const made = await logs.create(incidentId, [...entries, note])
  return made.ok ? ok({ incidentId, outcome: 'diverged', words: text }) : made
}

/** An incident whose log begins with all of the archive's. */
async function importedBefore(logs: IncidentLogs, entries: readonly Entry[]): Promise<Result<string | undefined>> {
  const ids = await logs.ids()
  if (!ids.ok) return ids
  for (const id of ids.value) {
    const state = await logs.state(id)
    if (state.ok && sharedLength(state.value.entries, entries) === entries.length) return ok(id)
  }
  return ok(undefined)
}

/** How many entries both begin with. */
function sharedLength(a: readonly Entry[], b: readonly Entry[]): number {
  let n = 0
  while (n < a.length && n < b.length && canonicalJson(a[n]) === canonicalJson(b[n])) n++
  return n
}

function changes(n: number): string {
  return `${formatExact(n)} ${n === 1 ? 'entry' : 'entries'}`
}
