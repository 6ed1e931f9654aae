import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FIXTURE_FROM, guildFixture } from '../analysis/guild-fixture.ts'
import { ok, type Result } from '../base/result.ts'
import type { Change, Entry } from '../model/incident.ts'
import { mergeCalls } from '../model/merge-calls.ts'
import { MINUTE_MS } from '../model/timings.ts'
import { attributeKeysOf } from './attribute-keys.ts'
import { parseEntry } from './entry.ts'
import { attribute, MemoryPieces, manifestOf, partsFromText } from './evidence-fixture.ts'
import type { Manifest, Redaction } from './manifest.ts'
import { openEvidence } from './open-evidence.ts'
import { parseManifest, piecesOf } from './parse-manifest.ts'
import { checkPiece, encodeFlame, encodeMinutes, encodeTraceList, encodeTracePiece } from './pieces.ts'
import { redact } from './redact.ts'
import { Scrubber } from './scrubber.ts'
import { summaryOf } from './trace-summary.ts'

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.kind}: ${result.failure.what}`)
  return result.value
}

const sha256 = async (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())
const SALT = new Uint8Array(16).fill(7)
const inBytes = (text: string) => Buffer.from(text).toString('base64')
const quoted = (text: string) => JSON.stringify(text)

/** Evidence that says `secret` wherever a text can stand, and has it as the value of `enduser.id`. */
function evidenceWith(secret: string, { guild = '42', node = 'n1', action = 'connect', relay = 'r1' } = {}) {
  const pieces = new MemoryPieces()
  const about = `about ${secret}, twice: ${secret}!`
  const parts = partsFromText(
    `api 0 100 stage=api action=${quoted(action)} node=${quoted(node)} service=api name=${quoted(`GET /users/${secret}`)}
  guild 20 90 stage=guild relay=${quoted(relay)} node=${quoted(`host-${secret}`)}
  plain 30 40`,
    {
      guilds: [{ id: guild, name: about }],
      resource: [attribute('service.instance.id', node), attribute('host.name', about)],
      spans: {
        guild: {
          attributes: [
            attribute('enduser.id', secret),
            attribute('guild.id', guild),
            attribute('guild.relay.id', relay),
            attribute('url', `https://x.example/?q=${encodeURIComponent(secret)}`),
            attribute('list', JSON.stringify(['a', secret]), 'array'),
            attribute('ctx', JSON.stringify({ deep: [{ k: about }] }), 'map'),
            attribute(`key of ${secret}`, 'x'),
            attribute('payload', inBytes(about), 'bytes'),
            attribute('checksum', inBytes('nothing of it'), 'bytes'),
          ],
          more: {
            status: { code: 'error', message: about },
            traceState: `x=${secret}`,
            events: [
              { timeUnixNano: '1', name: about, attributes: [attribute('user.email', secret), attribute('k', about)] },
            ],
            links: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), attributes: [attribute('k', about)] }],
            scope: { name: about, version: secret, attributes: [attribute('k', about)] },
            remarks: [about],
          },
        },
        plain: { attributes: [attribute('guild.action', action), attribute('guild.name', about)] },
      },
    },
  )
  const side = { guildId: guild, guildName: about, fromMs: FIXTURE_FROM, toMs: FIXTURE_FROM + 2 * MINUTE_MS }
  const minutes = guildFixture('a busy 1 2', {
    guildId: guild,
    guildName: about,
    nodes: [node, about],
    actions: [action],
    notes: [about],
  })
  const summary = summaryOf(parts.trace)
  const manifest: Manifest = manifestOf({
    minutes: [{ side, role: 'range', piece: pieces.put('minutes@1', encodeMinutes(minutes)) }],
    flames: [
      {
        ...{ guildId: guild, fromMs: 1, toMs: 2, action, scope: 'guild' },
        piece: pieces.put(
          'flame@1',
          encodeFlame({
            tree: mergeCalls([parts.trace.spans]),
            traces: 1,
            spans: 3,
            unknownSampling: 1,
            notes: [about],
          }),
        ),
      },
    ],
    lists: [{ side, piece: pieces.put('trace-list@1', encodeTraceList({ items: [summary], notes: [about] })) }],
    traces: [
      {
        ...{ traceId: summary.traceId, summary, guilds: [guild], why: ['chosen'], spans: 3, weight: -1 },
        piece: pieces.put('trace@1', encodeTracePiece(parts)),
      },
    ],
    sample: { words: about, population: 1, taken: 1 },
    sources: [{ name: about, ok: true, facts: [about] }],
    missing: [{ what: about, reason: about }],
  })
  const changes: Change[] = [
    {
      kind: 'created',
      title: about,
      severity: 'major',
      sides: [side],
      view: { path: `/guilds/${encodeURIComponent(guild)}`, search: `?v=1&find=${encodeURIComponent(secret)}` },
      manifest: 'a'.repeat(64),
    },
    {
      kind: 'note-added',
      noteId: 'n',
      text: `**${secret}** and ${secret.replace(/([_*#])/g, '\\$1')}`,
      pin: { kind: 'cell', guildId: guild, minuteMs: 0, action },
    },
    { kind: 'note-edited', noteId: 'n', text: about, base: 1 },
    { kind: 'titled', title: about },
    { kind: 'marker-added', markerId: 'm', label: about, atMs: 1 },
    { kind: 'evidence-added', manifest: 'b'.repeat(64), what: about },
  ]
  const entries = changes.map(
    (change, seq): Entry => ({ v: 1, id: `e${seq}`, seq, atMs: 1, by: { name: secret, known: true }, change }),
  )
  return { manifest, entries, pieces, about }
}

async function redacted(given: ReturnType<typeof evidenceWith>, choices: readonly Redaction[], salt = SALT) {
  const after = new MemoryPieces()
  const copy = must(
    await redact({
      ...{ manifest: given.manifest, entries: given.entries, pieces: given.pieces.source, choices, salt, sha256 },
      put: async (format, bytes) => ok(after.put(format, bytes)),
    }),
  )
  return { ...copy, pieces: after }
}

/** Every byte that would go out, as text; where numbers are packed, they are in it as they are. */
function everything({ manifest, entries, pieces }: Awaited<ReturnType<typeof redacted>>): string {
  const bytes = [...pieces.bytes.values()].map((piece) => Buffer.from(piece).toString('utf8'))
  return [...bytes, JSON.stringify(manifest), JSON.stringify(entries)].join('\n')
}

describe('what was removed is absent', () => {
  const secret = fc
    .tuple(
      fc.constantFrom('', '8138478876', 'Zoë ', '"\\', '_*'),
      fc.string({ unit: fc.constantFrom(...'QXZJ#%&é 𝄞\\"_'), minLength: 2, maxLength: 12 }),
    )
    .map(([start, end]) => `${start}${end}Qx`)

  test('random values, dropped and hashed, from all pieces, the manifest and the log', async () => {
    await fc.assert(
      fc.asyncProperty(secret, fc.constantFrom('dropped', 'hashed'), async (value, how) => {
        const given = evidenceWith(value)
        const copy = await redacted(given, [{ key: 'enduser.id', how }])
        const out = everything(copy)
        for (const form of [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)])
          expect(out).not.toContain(form)
        expect(out).not.toContain(inBytes(`about ${value}, twice: ${value}!`))
        expect(out).toContain(inBytes('nothing of it'))
        expect(must(parseManifest(JSON.parse(JSON.stringify(copy.manifest)))).redacted).toEqual([
          { key: 'enduser.id', how },
        ])
        for (const entry of copy.entries) expect(parseEntry(entry).ok).toBe(true)
        for (const piece of piecesOf(copy.manifest))
          expect(checkPiece(piece, copy.pieces.bytes.get(piece.sha256) ?? new Uint8Array(0)).ok).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  test('numbers are found as whole numbers only', async () => {
    const given = evidenceWith('100000000')
    const copy = await redacted(given, [{ key: 'enduser.id', how: 'dropped' }])
    const reader = openEvidence(copy.manifest, copy.pieces.source)
    const details = must(await reader.spanDetails(given.manifest.traces[0].traceId, 1, undefined))
    expect(details.startUnixNano).toBe('1000000000000000020')
    expect(JSON.stringify(details)).not.toMatch(/(?<!\d)100000000(?!\d)/)
    expect(details.status.message).toBe('about ▒▒▒, twice: ▒▒▒!')
  })

  test('columns go with the keys that feed them, however short their values', async () => {
    const given = evidenceWith('Secret', { guild: '7', node: 'nodeÄ', action: 'go', relay: 'R7' })
    const choices: Redaction[] = [
      { key: 'guild.id', how: 'hashed' },
      { key: 'guild.name', how: 'dropped' },
      { key: 'service.instance.id', how: 'dropped' },
      { key: 'guild.action', how: 'dropped' },
      { key: 'guild.relay.id', how: 'hashed' },
    ]
    const copy = await redacted(given, choices)
    expect(everything(copy)).not.toContain('nodeÄ')
    const { guildId } = copy.manifest.minutes[0].side
    expect(guildId).toMatch(/^[a-z]{14}$/)
    expect(copy.manifest.minutes[0].side.guildName).toBeUndefined()
    const reader = openEvidence(copy.manifest, copy.pieces.source)
    const minutes = must(await reader.minutes(guildId, copy.manifest.minutes[0].side))
    expect([minutes.guildId, minutes.actions, minutes.guildName]).toEqual([guildId, ['▒1▒'], undefined])
    expect(minutes.nodes).toEqual([])
    const list = must(await reader.searchTraces({ guild: guildId, sort: 'newest', limit: 9 }))
    expect(list.items[0]).toMatchObject({ guildId, action: '▒1▒', frozen: true })
    expect(must(await reader.flame({ guildId, fromMs: 1, toMs: 2, action: '▒1▒', scope: 'guild' })).traces).toBe(1)
    const [created, note] = copy.entries
    expect(created.change).toMatchObject({ view: { path: `/guilds/${guildId}` }, sides: [{ guildId }] })
    expect(note.change).toMatchObject({ pin: { guildId, action: '▒1▒' } })
    expect(copy.manifest.redactionNotes?.join()).toContain('3 values are shorter than 4 characters')
  })

  test('a hash is the same within one export and another in the next; types and other values stay', async () => {
    const given = evidenceWith('Secret value')
    const choices: Redaction[] = [{ key: 'enduser.id', how: 'hashed' }]
    const details = async (salt?: Uint8Array<ArrayBuffer>) => {
      const copy = await redacted(given, choices, salt)
      return must(
        await openEvidence(copy.manifest, copy.pieces.source).spanDetails(
          given.manifest.traces[0].traceId,
          1,
          undefined,
        ),
      )
    }
    const [first, again, other] = [await details(), await details(), await details(new Uint8Array(16).fill(8))]
    const user = (of: typeof first) => of.attributes.find((each) => each.key === 'enduser.id')?.value ?? ''
    expect(user(first)).toMatch(/^[a-z]{14}$/)
    expect(user(again)).toBe(user(first))
    expect(user(other)).not.toBe(user(first))
    expect(first.events[0].attributes[0].value).toBe(user(first))
    expect(first.name).toBe('guild')
    expect(first.attributes.find((each) => each.key === 'list')).toMatchObject({
      type: 'string',
      value: `["a","${user(first)}"]`,
    })
    expect(first.links[0]).toMatchObject({ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) })
  })

  test('nothing chosen changes nothing but the record of it', async () => {
    const given = evidenceWith('Secret value')
    const copy = await redacted(given, [])
    expect([...copy.pieces.bytes.values()]).toEqual([...given.pieces.bytes.values()])
    expect(copy.entries).toEqual(given.entries)
  })

  test('a piece that cannot be read does not go out', async () => {
    const given = evidenceWith('Secret value')
    given.pieces.bytes.set(given.manifest.traces[0].piece.sha256, new Uint8Array(9))
    const copy = await redacted(given, [{ key: 'enduser.id', how: 'dropped' }])
    expect(copy.manifest.traces).toEqual([])
    expect(copy.manifest.missing.at(-1)?.reason).toContain('could not be read')
  })

  test('values inside of arrays and maps of chosen keys, and under the key inside of a map', async () => {
    const given = evidenceWith('unrelated')
    const parts = partsFromText('a 0 1', {
      spans: {
        a: {
          attributes: [
            attribute('http.request.header.x', '["token-1234"]', 'array'),
            attribute('other', 'uses token-1234', 'string'),
            attribute('ctx', '{"in":[{"enduser.id":"nested-5678"}],"said":"nested-5678 too"}', 'map'),
          ],
        },
      },
    })
    given.pieces.bytes.set(given.manifest.traces[0].piece.sha256, encodeTracePiece(parts))
    const out = everything(
      await redacted(given, [
        { key: 'http.request.header.x', how: 'dropped' },
        { key: 'enduser.id', how: 'hashed' },
      ]),
    )
    expect(out).not.toMatch(/token-1234|nested-5678/)
  })
})

test('the keys: how often, examples, which are proposed and why', async () => {
  const given = evidenceWith('Secret value')
  const { keys, damaged } = await attributeKeysOf(given.manifest, given.pieces.source)
  expect(damaged).toEqual([])
  const use = (key: string) => keys.find((each) => each.key === key)
  expect(use('enduser.id')).toEqual({
    ...{ key: 'enduser.id', count: 1, examples: ['Secret value'], proposed: true, why: ['names a user'] },
  })
  expect(use('user.email')).toMatchObject({ proposed: true, why: ['often holds personal data'] })
  expect(use('service.instance.id')).toMatchObject({ proposed: false, why: ['is the node'] })
  expect(use('k')).toMatchObject({ count: 3, proposed: false })
  expect(keys.findIndex((each) => !each.proposed)).toBe(keys.filter((each) => each.proposed).length)
})

describe('the scrubber', () => {
  test('equals a naive search', () => {
    const unit = fc.constantFrom('a', 'b', '1')
    const text = fc.string({ unit, maxLength: 60 })
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit, minLength: 4, maxLength: 7 }), { maxLength: 6 }),
        text,
        (values, given) => {
          const scrubber = new Scrubber()
          for (const value of values) scrubber.add(value, '▒▒▒')
          const clean = scrubber.scrub(given)
          expect(scrubber.occursIn(given)).toBe(
            values.some((value) =>
              new RegExp(`${/^1/.test(value) ? '(?<!1)' : ''}${value}${/1$/.test(value) ? '(?!1)' : ''}`).test(given),
            ),
          )
          expect(scrubber.occursIn(clean)).toBe(false)
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('a hundred thousand values that begin alike, and long ones, are fast', () => {
    const scrubber = new Scrubber()
    for (let n = 0; n < 100_000; n++) scrubber.add(`session-${n}`, '▒▒▒')
    for (let n = 0; n < 100; n++) scrubber.add(`${'x'.repeat(500)}${n}`, '▒▒▒')
    const start = performance.now()
    for (let n = 0; n < 20_000; n++) scrubber.scrub(`GET /sessions/session-${n}/messages from session-none`)
    expect(performance.now() - start).toBeLessThan(5_000)
    expect(scrubber.scrub(`<${'x'.repeat(500)}42>`)).toBe('<▒▒▒>')
  })
})
