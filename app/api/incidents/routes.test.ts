/** The handlers of incidents over a real store and real files, called as the server calls them: good, bad and hostile input. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CREATED } from '@/lib/incidents/incidents-fixture.ts'
import { TestInstance, traceIdOf } from '@/lib/incidents/instance-fixture.ts'
import * as freezeRoute from '../freezes/[freezeId]/route.ts'
import * as linkRoute from '../links/[hash]/route.ts'
import * as linksRoute from '../links/route.ts'
import * as entriesRoute from './[id]/entries/route.ts'
import * as eventsRoute from './[id]/events/route.ts'
import * as evidenceRoute from './[id]/evidence/route.ts'
import * as traceRoute from './[id]/evidence/traces/[trace]/route.ts'
import * as exportRoute from './[id]/export/route.ts'
import * as redactionRoute from './[id]/redaction/route.ts'
import * as incidentRoute from './[id]/route.ts'
import * as importRoute from './import/route.ts'
import * as listRoute from './route.ts'

type Handler = (
  request: Request,
  context: { readonly params: Promise<Record<string, string | string[] | undefined> | undefined> },
) => Promise<Response>

let instance: TestInstance
let id: string
beforeAll(async () => {
  instance = await TestInstance.start()
  const author = { name: 'Ann', known: true }
  const access = { identify: async () => ({ kind: 'owner', author }), guests: { redactedView: () => undefined } }
  const running = { incidents: instance.incidents, store: instance.store, access, config: { publicUrl: undefined } }
  Object.assign(globalThis, { guildscope: Promise.resolve({ ok: true, value: running }) })
  id = await instance.frozen()
})
afterAll(async () => {
  Object.assign(globalThis, { guildscope: undefined })
  await instance.dispose()
})

async function call(handler: Handler, method: string, params: Record<string, string> = {}, body?: unknown, query = '') {
  const headers: Record<string, string> = { host: 'scope.example' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  const raw = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  const response = await handler(
    new Request(`http://scope.example/x${query}`, { method, headers, body: raw ?? null }),
    {
      params: Promise.resolve(params),
    },
  )
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  return { status: response.status, json: isJson ? JSON.parse(text) : undefined, text, headers: response.headers }
}

const note = (noteId: string, text: string) => ({ kind: 'note-added', noteId, text, pin: { kind: 'incident' } })

test('freeze, progress, the list, the incident', async () => {
  const begun = await call(listRoute.POST, 'POST', {}, instance.request({ title: 'from the route' }))
  expect(begun.status).toBe(200)
  const ended = await instance.ended(begun.json.freezeId)
  const progress = await call(freezeRoute.GET, 'GET', { freezeId: begun.json.freezeId })
  expect(progress.json).toEqual(ended)
  const list = await call(listRoute.GET, 'GET')
  expect(list.json.incidents.map((each: { title: string }) => each.title)).toContain('from the route')
  const opened = await call(incidentRoute.GET, 'GET', { id })
  expect(opened.json).toMatchObject({
    incident: { id },
    damaged: [],
    you: { kind: 'owner', author: { name: 'Ann', known: true } },
  })
  const done = await call(freezeRoute.DELETE, 'DELETE', { freezeId: begun.json.freezeId })
  expect(done.json.state).toBe('done')
})

test.each<[string, Record<string, unknown>]>([
  ['a title of 10,000 characters', { title: 'x'.repeat(10_000) }],
  ['no title', { title: '  ' }],
  ['an unknown severity', { severity: 'apocalyptic' }],
  ['no side', { sides: [] }],
  ['five sides', { sides: Array.from({ length: 5 }, () => ({ guildId: '1', fromMs: 0, toMs: 60_000 })) }],
  ['a range of two months', { sides: [{ guildId: '1', fromMs: 0, toMs: 60 * 86_400_000 }] }],
  ['a range that ends before it begins', { sides: [{ guildId: '1', fromMs: 120_000, toMs: 60_000 }] }],
  ['half a minute', { sides: [{ guildId: '1', fromMs: 30_000, toMs: 60_000 }] }],
  ['a view elsewhere', { view: { path: '//evil.example', search: '' } }],
  ['too large a sample', { sample: 501 }],
  ['a sample that is no number', { sample: '12' }],
  ['a trace id that is none', { traceIds: ['../../x'] }],
  ['a baseline that is none', { baselines: ['year'] }],
])('a freeze is refused in a sentence: %s', async (_, changes) => {
  const answer = await call(listRoute.POST, 'POST', {}, { ...instance.request(), ...changes })
  expect(answer.status).toBe(400)
  expect(answer.json.failure.what).toMatch(/\.$/)
})

test('bidi marks and markup in a title are kept as they are, as text', async () => {
  const title = '\u202egnp.exe <script>alert(1)</script>'
  const begun = await call(listRoute.POST, 'POST', {}, instance.request({ title }))
  const ended = await instance.ended(begun.json.freezeId)
  if (ended.state !== 'done') throw new Error(JSON.stringify(ended))
  const opened = await call(incidentRoute.GET, 'GET', { id: ended.incidentId })
  expect(opened.json.incident.title).toBe(title)
  expect(opened.headers.get('content-type')).toBe('application/json')
})

test('changes: added once, in order, and only those that a client may write', async () => {
  const body = { id: 'entry-1', change: note('note-1', '**hello**') }
  const [first, again] = [
    await call(entriesRoute.POST, 'POST', { id }, body),
    await call(entriesRoute.POST, 'POST', { id }, body),
  ]
  expect(first.json).toMatchObject({ seq: 1, by: { name: 'Ann', known: true } })
  expect(again.json).toEqual(first.json)
  const history = await call(entriesRoute.GET, 'GET', { id }, undefined, '?after=0')
  expect(history.json).toEqual([first.json])
  for (const change of [
    CREATED,
    { kind: 'evidence-added', manifest: 'ab'.repeat(32), what: 'x' },
    { kind: 'titled', title: 'x'.repeat(10_000) },
    { kind: 'titled', title: '' },
    note('n', 'x'.repeat(20_001)),
    note('../n', 'x'),
    { ...note('n', 'x'), pin: { kind: 'range', fromMs: 2, toMs: 1 } },
    { kind: 'unknown' },
    {},
  ]) {
    const refused = await call(entriesRoute.POST, 'POST', { id }, { id: 'bad', change })
    expect(refused.status, JSON.stringify(change).slice(0, 80)).toBe(400)
  }
  const elsewhere = await call(entriesRoute.POST, 'POST', { id: 'a'.repeat(16) }, body)
  expect(elsewhere.status).toBe(404)
})

test('two at once lose nothing, and each hears of the other within two seconds', async () => {
  const response = await eventsRoute.GET(
    new Request('http://scope.example/x', { headers: { host: 'scope.example', 'last-event-id': '1' } }),
    { params: Promise.resolve({ id }) },
  )
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
  expect(response.headers.get('x-accel-buffering')).toBe('no')
  const reader = response.body?.getReader()
  if (reader === undefined) throw new Error('no stream')
  await reader.read()
  const started = performance.now()
  const edit = (n: number) => ({
    id: `edit-${n}`,
    change: { kind: 'note-edited', noteId: 'note-1', text: `by ${n}`, base: 1 },
  })
  await Promise.all([1, 2].map((n) => call(entriesRoute.POST, 'POST', { id }, edit(n))))
  const decoder = new TextDecoder()
  const events = [await reader.read(), await reader.read()].map(({ value }) => decoder.decode(value))
  expect(performance.now() - started).toBeLessThan(2_000)
  expect(events.join('')).toMatch(/by 1[\s\S]*by 2|by 2[\s\S]*by 1/)
  await reader.cancel()
  const { json } = await call(incidentRoute.GET, 'GET', { id })
  const kept = json.incident.notes[0]
  expect([kept.text, ...kept.conflicts.map((version: { text: string }) => version.text)].join(' ')).toMatch(/by 1/)
  expect([kept.text, ...kept.conflicts.map((version: { text: string }) => version.text)].join(' ')).toMatch(/by 2/)
})

test.each<[string, Handler, string, Record<string, string>, unknown, number]>([
  ['an id that is a path', incidentRoute.GET, 'GET', { id: '../../etc' }, undefined, 400],
  ['an unknown incident', incidentRoute.GET, 'GET', { id: 'b'.repeat(16) }, undefined, 404],
  ['an unknown freeze', freezeRoute.GET, 'GET', { freezeId: 'b'.repeat(16) }, undefined, 404],
  ['broken JSON', entriesRoute.POST, 'POST', { id: 'b'.repeat(16) }, '{', 400],
  ['pinning nothing', evidenceRoute.POST, 'POST', { id: 'b'.repeat(16) }, { traceIds: [], flames: [] }, 400],
  [
    'pinning into nothing',
    evidenceRoute.POST,
    'POST',
    { id: 'b'.repeat(16) },
    { traceIds: ['a'.repeat(32)], flames: [] },
    404,
  ],
  ['a short link elsewhere', linksRoute.POST, 'POST', {}, { path: '//evil.example', search: '' }, 400],
  ['an unknown short link', linkRoute.GET, 'GET', { hash: 'a'.repeat(16) }, undefined, 404],
  ['an unknown format', exportRoute.POST, 'POST', { id: 'b'.repeat(16) }, { format: 'exe' }, 400],
  [
    'one key redacted twice',
    exportRoute.POST,
    'POST',
    { id: 'b'.repeat(16) },
    {
      format: 'archive',
      redact: [
        { key: 'a', how: 'dropped' },
        { key: 'a', how: 'hashed' },
      ],
    },
    400,
  ],
  ['redaction of nothing', redactionRoute.GET, 'GET', { id: 'b'.repeat(16) }, undefined, 404],
  ['an archive that is none', importRoute.POST, 'POST', {}, 'hello', 400],
])('bad input is a sentence: %s', async (_, handler, method, params, body, status) => {
  const answer = await call(handler, method, params, body)
  expect(answer.status).toBe(status)
  expect(answer.json.failure.what).toMatch(/\.$/)
})

test('another site may not write', async () => {
  const request = new Request('http://scope.example/x', {
    method: 'POST',
    headers: { host: 'scope.example', origin: 'http://evil.example' },
    body: 'x',
  })
  const answer = await importRoute.POST(request, { params: Promise.resolve({}) })
  expect(answer.status).toBe(403)
})

test('evidence, exports, short links, deleting', async () => {
  const wire = await call(traceRoute.GET, 'GET', { id, trace: traceIdOf(3) })
  expect(wire.status).toBe(200)
  const notFrozen = await call(traceRoute.GET, 'GET', { id, trace: 'e'.repeat(32) })
  expect(notFrozen.status).toBe(404)
  const file = await call(exportRoute.POST, 'POST', { id }, { format: 'markdown' })
  expect(file.headers.get('content-disposition')).toMatch(/^attachment; filename="incident-[a-z0-9-]+\.md"$/)
  expect(file.text).toMatch(/^# Reactions flood Pixel Arena\n/)
  const link = await call(linksRoute.POST, 'POST', {}, { path: '/compare', search: '?v=1' })
  const read = await call(linkRoute.GET, 'GET', { hash: link.json.hash })
  expect(read.json).toEqual({ path: '/compare', search: '?v=1' })
  const kept = await call(incidentRoute.DELETE, 'DELETE', { id }, { title: 'something else' })
  expect(kept.status).toBe(400)
  const gone = await call(incidentRoute.DELETE, 'DELETE', { id }, { title: 'Reactions flood Pixel Arena' })
  expect(gone.status).toBe(200)
  expect((await call(incidentRoute.GET, 'GET', { id })).status).toBe(404)
})
