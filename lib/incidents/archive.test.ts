import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { fromBufferPromise } from 'yauzl'
import { ZipFile } from 'yazl'
import { manifestBytes } from '../evidence/parse-manifest.ts'
import { DEFAULT_MAPPING } from '../model/span-batch.ts'
import { sha256 } from './blobs.ts'
import { exportFile } from './export.ts'
import { type Incidents, openIncidents } from './incidents.ts'
import { ANN, BO, hashesOf, temporaryFolder } from './incidents-fixture.ts'
import { GUILD, must, TestInstance, traceIdOf } from './instance-fixture.ts'

type Files = Map<string, Uint8Array>

let instance: TestInstance
let id: string
let archive: Buffer
const folders: (() => void)[] = []

beforeAll(async () => {
  instance = await TestInstance.start()
  id = await instance.frozen({ sample: 0 })
  must(
    await instance.incidents.append(
      id,
      'n1',
      { kind: 'note-added', noteId: 'n1', text: 'a note', pin: { kind: 'incident' } },
      ANN,
    ),
  )
  archive = await exported(instance.incidents, id)
})
afterAll(() => instance.dispose())
afterEach(() => {
  for (const dispose of folders.splice(0)) dispose()
})

async function exported(incidents: Incidents, incidentId: string): Promise<Buffer> {
  const file = must(await incidents.export(incidentId, 'archive', [], ANN, undefined))
  return Buffer.from(await new Response(file.bytes).arrayBuffer())
}

/** Incidents of another instance, empty; its sources answer nothing. */
async function elsewhere(): Promise<{ readonly incidents: Incidents; readonly folder: string }> {
  const { folder, dispose } = temporaryFolder()
  folders.push(dispose)
  const { traces, timings } = instance.store
  const retention = { minutes: 60, largeDays: 30, largestGuilds: 0, holdHours: 24, diskCapBytes: 20e9 }
  return {
    folder,
    incidents: must(
      await openIncidents({
        dataDir: folder,
        version: '0.0.0-test',
        sources: () => ({ ok: true, value: { traces, timings } }),
        mapping: DEFAULT_MAPPING,
        retention,
      }),
    ),
  }
}

async function filesOf(bytes: Buffer): Promise<Files> {
  const zip = await fromBufferPromise(bytes)
  const files: Files = new Map()
  for await (const entry of zip.eachEntry()) {
    const stream = await zip.openReadStreamPromise(entry)
    files.set(entry.fileName, Buffer.concat(await stream.toArray()))
  }
  return files
}

async function zipOf(files: Iterable<readonly [string, Uint8Array]>, compress = false): Promise<Buffer> {
  const zip = new ZipFile()
  for (const [name, bytes] of files)
    zip.addBuffer(Buffer.from(bytes), name, { compress, compressionLevel: compress ? 9 : 0 })
  zip.end()
  const chunks: Buffer[] = []
  for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

const bodyOf = (bytes: Uint8Array) => Readable.from([bytes], { objectMode: false })

test('the same content has the same bytes, and comes back whole elsewhere', async () => {
  expect(await exported(instance.incidents, id)).toEqual(archive)
  const { incidents } = await elsewhere()
  expect(must(await incidents.import(bodyOf(archive), BO))).toEqual({
    incidentId: id,
    outcome: 'new',
    words: 'The incident was imported.',
  })
  expect(await exported(incidents, id)).toEqual(archive)
  const [here, there] = [must(await instance.incidents.open(id)), must(await incidents.open(id))]
  expect(there).toEqual(here)
  const range = { fromMs: instance.fromMs, toMs: instance.toMs }
  const [a, b] = [must(await instance.incidents.reader(id)), must(await incidents.reader(id))]
  expect(await b.minutes(GUILD, range)).toEqual(await a.minutes(GUILD, range))
  expect(await b.spanDetails(traceIdOf(3), 1, 3)).toEqual(await a.spanDetails(traceIdOf(3), 1, 3))
})

test('an archive that somebody packed again is read as well', async () => {
  const { incidents } = await elsewhere()
  expect(must(await incidents.import(bodyOf(await zipOf(await filesOf(archive), true)), BO)).outcome).toBe('new')
})

test('the same again is already here; a longer one adds; different ones stand side by side', async () => {
  const { incidents, folder } = await elsewhere()
  must(await incidents.import(bodyOf(archive), BO))
  const before = hashesOf(folder)
  expect(must(await incidents.import(bodyOf(archive), BO))).toMatchObject({ incidentId: id, outcome: 'already-here' })
  expect(hashesOf(folder)).toEqual(before)

  for (const title of ['A', 'B']) must(await incidents.append(id, `t${title}`, { kind: 'titled', title }, BO))
  const longer = await exported(incidents, id)
  const third = await elsewhere()
  must(await third.incidents.import(bodyOf(archive), BO))
  expect(must(await third.incidents.import(bodyOf(longer), BO))).toEqual({
    incidentId: id,
    outcome: 'longer',
    words: '2 entries added.',
  })
  expect(must(await third.incidents.state(id)).incident.title).toBe('B')
  expect(must(await third.incidents.import(bodyOf(archive), BO)).words).toMatch(/already here, with 2 entries more/)

  const fourth = await elsewhere()
  must(await fourth.incidents.import(bodyOf(archive), BO))
  must(await fourth.incidents.append(id, 'x', { kind: 'titled', title: 'C' }, ANN))
  const diverged = must(await fourth.incidents.import(bodyOf(longer), BO))
  expect(diverged.outcome).toBe('diverged')
  expect(diverged.incidentId).not.toBe(id)
  const again = must(await fourth.incidents.import(bodyOf(longer), BO))
  expect(again).toMatchObject({ outcome: 'already-here', incidentId: diverged.incidentId })
  const beside = must(await fourth.incidents.state(diverged.incidentId)).incident
  expect(beside.title).toBe('B')
  expect(beside.notes.at(-1)?.text).toMatch(/differs from the archive after 2 entries that both have/)
  expect(must(await fourth.incidents.state(id)).incident.title).toBe('C')
  expect(must(await fourth.incidents.list()).incidents).toHaveLength(2)
})

test('importing mends what was damaged here', async () => {
  const { incidents, folder } = await elsewhere()
  must(await incidents.import(bodyOf(archive), BO))
  const before = hashesOf(folder)
  const { sha256: sha } = must(await incidents.exportContent(id)).manifest.traces[0].piece
  const { writeFileSync } = await import('node:fs')
  writeFileSync(join(folder, 'incidents/blobs', sha.slice(0, 2), sha), 'rotten')
  expect(must(await incidents.open(id)).damaged).toHaveLength(1)
  const left = await exported(incidents, id)
  must(await incidents.import(bodyOf(archive), BO))
  expect(must(await incidents.open(id)).damaged).toEqual([])
  expect(hashesOf(folder)).toEqual(before)
  // What was exported while the piece was damaged says so, and can be imported.
  const third = await elsewhere()
  must(await third.incidents.import(bodyOf(left), BO))
  expect(must(await third.incidents.open(id)).damaged).toHaveLength(1)
})

test('nothing of a stream that breaks off is kept', async () => {
  const { incidents, folder } = await elsewhere()
  const broken = Readable.from(
    (async function* () {
      yield archive.subarray(0, 1_000)
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
    })(),
  )
  expect((await incidents.import(broken, BO)).ok).toBe(false)
  expect(Object.keys(hashesOf(folder))).toEqual([])
  expect(await readdir(join(folder, 'incidents'))).toEqual(['blobs'])
})

type Spoil = (files: Files) => Promise<Buffer> | Buffer
const text = (value: string) => new TextEncoder().encode(value)
const json = (files: Files, name: string) => JSON.parse(Buffer.from(files.get(name) ?? []).toString())
const blobNames = (files: Files) => [...files.keys()].filter((name) => name.startsWith('blobs/'))

/** The log changed, with its checksum right again. */
async function withLog(files: Files, change: (log: string) => string): Promise<Buffer> {
  const log = text(change(Buffer.from(files.get('log.ndjson') ?? []).toString()))
  const head = { ...json(files, 'guildscope.json'), log: await sha256(log) }
  return zipOf(new Map([...files, ['log.ndjson', log], ['guildscope.json', text(JSON.stringify(head))]]))
}

/** One piece replaced by other bytes, and everything that names it made to fit: only opening the piece can tell. */
async function withPiece(
  files: Files,
  format: 'trace@1' | 'minutes@1',
  bytes: Uint8Array,
  stated = bytes.byteLength,
): Promise<Buffer> {
  const [manifestName] = [...files.keys()].filter((name) => name.startsWith('manifests/'))
  const manifest = JSON.parse(gunzipSync(files.get(manifestName) ?? new Uint8Array()).toString())
  const stored = new Uint8Array(gzipSync(bytes))
  const list = format === 'trace@1' ? manifest.traces : manifest.minutes
  files.delete(`blobs/${list[0].piece.sha256}`)
  list[0].piece = { sha256: await sha256(stored), storedBytes: stored.byteLength, bytes: stated, format }
  const packed = new Uint8Array(gzipSync(manifestBytes(manifest)))
  const sha = await sha256(packed)
  files.delete(manifestName)
  files.set(`manifests/${sha}`, packed)
  files.set(`blobs/${list[0].piece.sha256}`, stored)
  return withLog(files, (log) => log.replaceAll(manifestName.slice('manifests/'.length), sha))
}

test.each<[string, Spoil, RegExp]>([
  ['no zip', () => Buffer.from('hello'), /^This is not a \.guildscope archive/],
  ['empty', () => Buffer.alloc(0), /^The archive is empty/],
  ['another zip', () => zipOf([['word/document.xml', text('x')]]), /a file that does not belong there/],
  ['a zip of nothing', () => zipOf([]), /This is a zip file, but not a \.guildscope archive/],
  ['truncated', () => archive.subarray(0, archive.length - 100), /or its end is missing/],
  ['its beginning cut off', () => archive.subarray(500), /./],
  [
    'garbage in the middle',
    () => Buffer.concat([archive.subarray(0, 2_000), Buffer.alloc(500, 7), archive.subarray(2_500)]),
    /./,
  ],
  ['../ in a name', (files) => renamed(files, 'blobs/', '../../etc/'), /does not belong|invalid relative path|damaged/],
  ['an absolute name', (files) => renamed(files, 'log.ndjson', '/log.ndjson'), /does not belong|absolute path|damaged/],
  [
    'a backslash in a name',
    (files) => renamed(files, 'log.ndjson', 'a\\log.ndjson'),
    /does not belong|invalid characters|damaged/,
  ],
  ['an unknown name', (files) => zipOf([...files, ['extra', text('x')]]), /does not belong there \(“extra”\)/],
  ['a name twice', (files) => zipOf([...files, ['log.ndjson', text('x')]]), /holds “log\.ndjson” twice/],
  [
    'a piece that nothing names',
    async (files) => zipOf([...files, [`blobs/${await sha256(text('x'))}`, text('x')]]),
    /which nothing in it names/,
  ],
  ['no description', (files) => without(files, 'guildscope.json'), /not a \.guildscope archive/],
  ['no log', (files) => without(files, 'log.ndjson'), /lacks “log\.ndjson”/],
  ['a piece missing', (files) => without(files, blobNames(files)[0]), /lacks “blobs\//],
  ['a description that is no JSON', (files) => zipOf(files.set('guildscope.json', text('{'))), /is not JSON/],
  [
    'a description of something else',
    (files) => zipOf(files.set('guildscope.json', text('{"kind":"x"}'))),
    /does not say that it holds an incident/,
  ],
  [
    'a newer version',
    (files) => zipOf(files.set('guildscope.json', text('{"kind":"guildscope.incident","v":99}'))),
    /written by a newer Guildscope \(version 99/,
  ],
  [
    'an id that is a path',
    (files) =>
      zipOf(
        files.set('guildscope.json', text(JSON.stringify({ ...json(files, 'guildscope.json'), incidentId: '../x' }))),
      ),
    /not valid/,
  ],
  [
    'a log with another checksum',
    (files) => zipOf(files.set('log.ndjson', text('{}\n'))),
    /log of the archive does not match its checksum/,
  ],
  [
    'a log that does not parse',
    (files) => withLog(files, (log) => `${log}garbage\n`),
    /Change 3 of the log cannot be read/,
  ],
  ['a torn log', (files) => withLog(files, (log) => log.slice(0, -5)), /ends in the middle of a change/],
  ['an empty log', (files) => withLog(files, () => ''), /./],
  [
    'a log in disorder',
    (files) => withLog(files, (log) => log.split('\n').slice(0, 2).reverse().join('\n').concat('\n')),
    /out of order|begin/,
  ],
  [
    'a change twice',
    (files) => withLog(files, (log) => log + log.split('\n')[1].replace('"seq":1', '"seq":2').concat('\n')),
    /stands in it twice/,
  ],
  [
    'a change from a newer version',
    (files) => withLog(files, (log) => log.replace('"v":1', '"v":7')),
    /newer Guildscope/,
  ],
  [
    'a title of 10,000 characters',
    (files) => withLog(files, (log) => log.replace('Reactions flood', 'x'.repeat(10_000))),
    /at most 200 characters/,
  ],
  [
    'bytes that do not match their name',
    (files) => zipOf(files.set(blobNames(files)[0], text('x'))),
    /does not match its checksum/,
  ],
  ['hostile wire bytes', (files) => withPiece(files, 'trace@1', hostile()), /trace|piece/i],
  ['a piece of random bytes', (files) => withPiece(files, 'minutes@1', text('[1,2')), /minutes/],
  [
    'minutes whose fields do not fit together',
    (files) => withPiece(files, 'minutes@1', text('{"guildId":"1","minutes":99}')),
    /minutes/,
  ],
  [
    'a piece that is a bomb',
    (files) => withPiece(files, 'minutes@1', new Uint8Array(200 << 20), 1_000),
    /more than 1000 bytes/,
  ],
  [
    'a piece that is smaller than stated',
    (files) => withPiece(files, 'minutes@1', text('{}'), 5_000),
    /instead of the stated 5000/,
  ],
  ['an entry that unpacks to more than it states', (files) => bomb(files), /damaged|more than/i],
  [
    'more files than are read',
    () => zipOf(Array.from({ length: 20_001 }, (_, i) => [`x${i}`, new Uint8Array()] as const)),
    /20,001 files/,
  ],
])('refused, and nothing kept: %s', async (_, spoil, sentence) => {
  const { incidents, folder } = await elsewhere()
  const bytes = await spoil(await filesOf(archive))
  const result = await incidents.import(bodyOf(bytes), BO)
  expect(result.ok ? 'taken' : result.failure.what).toMatch(sentence)
  expect(result.ok || result.failure.what).toMatch(/\.$/)
  expect(Object.keys(hashesOf(folder))).toEqual([])
  expect(await readdir(join(folder, 'incidents'))).toEqual(['blobs'])
})

function without(files: Files, name: string): Promise<Buffer> {
  files.delete(name)
  return zipOf(files)
}

/** Names that yazl would refuse to write: patched into the bytes, same length. */
async function renamed(files: Files, from: string, to: string): Promise<Buffer> {
  const padded = from.length >= to.length ? to.padEnd(from.length, 'x') : to
  const renamedFiles = [...files].map(
    ([name, bytes]) =>
      [
        name === from || (from.endsWith('/') && name.startsWith(from))
          ? `Q${'q'.repeat(padded.length - 1)}${name.slice(from.length)}`
          : name,
        bytes,
      ] as const,
  )
  const bytes = await zipOf(renamedFiles)
  const placeholder = Buffer.from(`Q${'q'.repeat(padded.length - 1)}`)
  for (let at = bytes.indexOf(placeholder); at >= 0; at = bytes.indexOf(placeholder, at + 1))
    bytes.write(padded, at, 'latin1')
  return bytes
}

/** A compressed entry whose central directory states a hundredth of what it unpacks to. */
async function bomb(files: Files): Promise<Buffer> {
  const large = new Uint8Array(50 << 20)
  const bytes = await zipOf(new Map([...files, ['log.ndjson', large]]), true)
  const size = Buffer.alloc(4)
  size.writeUInt32LE(large.byteLength)
  const small = Buffer.alloc(4)
  small.writeUInt32LE(5_000)
  for (let at = bytes.indexOf(size); at >= 0; at = bytes.indexOf(size, at + 1)) small.copy(bytes, at)
  return bytes
}

/** A trace piece whose slab table points far outside of it. */
function hostile(): Uint8Array {
  const bytes = new Uint8Array(4_096).fill(255)
  new DataView(bytes.buffer).setUint32(0, 0x56455347, true)
  return bytes
}

test('the post-mortem of hostile text stays one document', async () => {
  const title = '# Evil \u202e<script>alert(1)</script> [x](javascript:alert(1)) | `'
  const evil = await instance.frozen({ title })
  const note =
    '</blockquote>\n# Not a heading\n<img src=x onerror=alert(1)>\n![x](http://evil.example/a.png)\n[y](javascript:alert(1))\u2028# no'
  const { incidents } = instance
  must(
    await incidents.append(
      evil,
      'n',
      { kind: 'note-added', noteId: 'n', text: note, pin: { kind: 'time', atMs: instance.fromMs } },
      ANN,
    ),
  )
  const label = 'deployed `|` \n# x'
  must(
    await incidents.append(
      evil,
      'm',
      { kind: 'marker-added', markerId: 'm', label, atMs: instance.fromMs + 600_000 },
      ANN,
    ),
  )
  const file = must(
    await exportFile(must(await incidents.exportContent(evil)), 'markdown', {
      author: ANN,
      version: '1',
      publicUrl: 'https://scope.example',
      nowMs: 0,
    }),
  )
  expect(file.name).toBe('incident-evil-script-alert-1-script-x-javascript-alert-1.md')
  const document = await new Response(file.bytes).text()
  expect(document).not.toMatch(/<script|<img|\u202e|\u2028/)
  expect(document).not.toMatch(/[^\\]!\[x\]\(http/)
  const headings = document.split('\n').filter((line) => /^#/.test(line))
  expect(headings).toEqual([
    expect.stringMatching(/^# \\# Evil/),
    '## Summary',
    '## Timeline',
    '## Before and after',
    expect.stringMatching(/^### deployed/),
    '## Notes',
    '## What the numbers rest on',
    '## What is missing',
  ])
  expect(document).toContain(`](<https://scope.example/incidents/${evil}>)`)
  expect(document).toMatch(/message_reaction_add/)
  expect(document).toMatch(/\| all actions \| .*→/)
  expect(readFileSync(join(instance.dataDir, 'incidents', evil, 'log.ndjson'), 'utf8')).toContain('Evil')
})

test('what is redacted is really absent from what goes out, and nothing of the copy stays', async () => {
  const { incidents } = instance
  const own = await instance.frozen({ title: 'asked by user-3', sample: 0 })
  const change = { kind: 'note-added', noteId: 'u', text: 'it was **user-3**', pin: { kind: 'incident' } } as const
  must(await incidents.append(own, 'u', change, ANN))
  const { keys, damaged } = must(await incidents.redaction(own))
  expect(damaged).toEqual([])
  expect(keys[0]).toMatchObject({ key: 'enduser.id', proposed: true })
  expect(keys.find(({ key }) => key === 'http.route')).toMatchObject({ proposed: false, examples: ['/messages'] })

  const before = hashesOf(instance.dataDir)
  const redact = [
    { key: 'enduser.id', how: 'hashed' },
    { key: 'http.route', how: 'dropped' },
  ] as const
  const file = must(await incidents.export(own, 'archive', redact, ANN, undefined))
  const files = await filesOf(Buffer.from(await new Response(file.bytes).arrayBuffer()))
  for (const [name, bytes] of files) {
    const plain = name.startsWith('blobs/') || name.startsWith('manifests/') ? gunzipSync(bytes) : Buffer.from(bytes)
    expect(plain.includes('user-3') || plain.includes('/messages'), name).toBe(false)
  }
  const markdown = must(await incidents.export(own, 'markdown', redact, ANN, undefined))
  expect(await new Response(markdown.bytes).text()).not.toMatch(/user-3/)
  const incidentFiles = (hashes: Record<string, string>) =>
    Object.entries(hashes).filter(([name]) => name.startsWith('incidents/'))
  expect(incidentFiles(hashesOf(instance.dataDir))).toEqual(incidentFiles(before))

  const { incidents: there } = await elsewhere()
  expect(must(await there.import(bodyOf(await zipOf(files)), BO)).outcome).toBe('new')
  const opened = must(await there.open(own))
  expect(opened.damaged).toEqual([])
  expect(opened.manifest?.redacted).toEqual(redact)
  expect(
    must(await must(await there.reader(own)).spanDetails(traceIdOf(3), 0, 3)).attributes.map(({ key }) => key),
  ).not.toContain('http.route')
  // Back here it is another evidence under the same id: beside the original, not over it.
  expect(must(await incidents.import(bodyOf(await zipOf(files)), BO)).outcome).toBe('diverged')
})
