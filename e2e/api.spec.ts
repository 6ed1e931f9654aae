import { readFileSync } from 'node:fs'
import { expect, test } from '@playwright/test'
import { TRUTH_FILE } from './instance'

const SICK = '81384788765712384'

interface Truth {
  readonly guildId: string
  readonly minutes: readonly { minuteMs: number; processed: number; arrived: number; waitMaxUs: number }[]
}

/** Each address with input that must be refused, and the words the refusal must hold. */
const REFUSED: readonly (readonly [path: string, status: number, words: RegExp])[] = [
  ['/api/fleet?minutes=0', 400, /minutes/],
  ['/api/fleet?minutes=99999', 400, /1,440/],
  ['/api/fleet?minutes=NaN', 400, /minutes/],
  ['/api/fleet?limit=1e9', 400, /limit/],
  ['/api/fleet?at=-1', 400, /at/],
  [`/api/guilds/${SICK}/minutes`, 400, /from/],
  [`/api/guilds/${SICK}/minutes?from=5&to=4`, 400, /before/],
  [`/api/guilds/${SICK}/minutes?from=0&to=7000000000000`, 400, /31 days/],
  [`/api/guilds/${'x'.repeat(300)}/minutes?from=1&to=2`, 400, /256/],
  [`/api/guilds/${SICK}/flame?from=1&to=2&maxSpans=1e12`, 400, /2,000,000/],
  ['/api/traces?sort=sideways', 400, /newest/],
  ['/api/traces?limit=5000', 400, /1,000/],
  ['/api/traces?complete=maybe', 400, /0 or 1/],
  ['/api/traces/nonsense', 400, /hex digits/],
  ['/api/traces/00000000000000000000000000000000', 400, /hex digits/],
  ['/api/traces/deadbeefdeadbeefdeadbeefdeadbeef', 404, /deadbeef/],
  ['/api/traces/deadbeefdeadbeefdeadbeefdeadbeef/ids', 404, /deadbeef/],
  ['/api/traces/deadbeefdeadbeefdeadbeefdeadbeef/spans/0', 404, /deadbeef/],
  ['/api/traces/deadbeefdeadbeefdeadbeefdeadbeef/spans/-1', 400, /index/],
  [`/api/traces?guild=${encodeURIComponent('<script>alert(1)</script>')}&limit=x`, 400, /limit/],
  [`/api/timings/guilds/${SICK}?from=a&to=b`, 400, /from/],
]

for (const [path, status, words] of REFUSED) {
  test(`refuses ${path.slice(0, 90)}`, async ({ request }) => {
    const answer = await request.get(path)
    expect(answer.status()).toBe(status)
    expect(answer.headers()['content-type']).toContain('application/json')
    const { failure } = await answer.json()
    expect(failure.what).toMatch(words)
    expect(failure.what).toMatch(/\.$/)
    expect(failure.tryThis.length).toBeGreaterThan(5)
    expect(failure.what).not.toMatch(/node_modules|\/lib\/|at .*:\d+/)
  })
}

test('unknown guilds are empty, not errors, whatever their text', async ({ request }) => {
  for (const id of ["' or 1=1 --", '../../etc/passwd', '%00', 'ギルド', '<b>']) {
    const now = Date.now()
    const answer = await request.get(`/api/guilds/${encodeURIComponent(id)}/minutes?from=${now - 600_000}&to=${now}`)
    expect([200, 404], id).toContain(answer.status())
    if (answer.status() === 200) expect((await answer.json()).actions).toEqual([])
  }
})

test('the fleet ranks the sick guild first and says by what', async ({ request }) => {
  const fleet = await (await request.get('/api/fleet?minutes=60')).json()
  expect(fleet.rankedBy).toBe('wait')
  expect(fleet.guilds.length).toBeGreaterThan(50)
  const [sick] = fleet.guilds
  expect(sick).toMatchObject({ guildId: SICK, guildName: 'Pixel Arena' })
  expect(sick.saturatedMinutes).toBeGreaterThanOrEqual(10)
  expect(sick.waitMaxUs).toBeGreaterThan(60_000_000)
  expect(sick.busyUs).toHaveLength(fleet.minutes)
  const reactions = fleet.actions.find((strip: { action: string }) => strip.action === 'message_reaction_add')
  expect(reactions.bursts.length).toBeGreaterThan(3)
})

test('minutes of the sick guild: reads as saturated while reactions own it', async ({ request }) => {
  const now = Date.now()
  const answer = await request.get(`/api/guilds/${SICK}/minutes?from=${now - 40 * 60_000}&to=${now}`)
  const minutes = await answer.json()
  const columns: number = minutes.actions.length
  expect(columns).toBeGreaterThanOrEqual(15)
  expect(minutes.cells.busyUs).toHaveLength(minutes.minutes * columns)
  const busy = Array.from({ length: minutes.minutes }, (_, m) =>
    minutes.cells.busyUs
      .slice(m * columns, (m + 1) * columns)
      .filter((us: number) => us > 0)
      .reduce((sum: number, us: number) => sum + us, 0),
  )
  const saturated = busy.filter((us) => us >= 59_000_000).length
  expect(saturated).toBeGreaterThanOrEqual(10)
  expect(Math.max(...busy)).toBeLessThan(62_000_000)
})

test('traces of the sick guild come whole over the wire and agree with the list', async ({ request }) => {
  const page = await (await request.get(`/api/traces?guild=${SICK}&sort=longest-wait&complete=1&limit=5`)).json()
  expect(page.items.length).toBe(5)
  const [worst] = page.items
  expect(worst.waitNs).toBeGreaterThan(30e9)
  const wire = await request.get(`/api/traces/${worst.traceId}`)
  expect(wire.headers()['content-type']).toBe('application/vnd.guildscope.trace')
  const ids = await request.get(`/api/traces/${worst.traceId}/ids`)
  expect((await ids.body()).length).toBe(worst.spanCount * 8)
  const details = await (await request.get(`/api/traces/${worst.traceId}/spans/0?of=${worst.spanCount}`)).json()
  expect(details.traceId).toBe(worst.traceId)
  expect(details.attributes.length + details.resource.length).toBeGreaterThan(2)
  const grown = await request.get(`/api/traces/${worst.traceId}/spans/0?of=${worst.spanCount + 1}`)
  expect(grown.status()).toBe(400)
  expect((await request.get(`/api/traces/${worst.traceId}/spans/${worst.spanCount}`)).status()).toBe(400)
})

test('the flame graph of the flurry counts what it merged', async ({ request }) => {
  const now = Date.now()
  const answer = await request.get(
    `/api/guilds/${SICK}/flame?from=${now - 40 * 60_000}&to=${now}&action=message_reaction_add`,
  )
  const flame = await answer.json()
  expect(flame.traces).toBeGreaterThan(20)
  expect(flame.tree.count).toBeGreaterThan(5)
  expect(flame.tree.spans.slice(1).reduce((sum: number, n: number) => sum + n, 0)).toBe(flame.spans)
})

test('the reading contract of the timings gives back samples as another service reads them', async ({ request }) => {
  const now = Date.now()
  const answer = await request.get(`/api/timings/guilds/${SICK}?from=${now - 10 * 60_000}&to=${now}`)
  const body = await answer.json()
  expect(body.guildId).toBe(SICK)
  expect(body.measures).toContain('busyUs')
  expect(body.samples.length).toBeGreaterThan(50)
  expect(body.samples[0].minute).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/)
})

test('minutes agree with the simulator’s ground truth: what was processed, what arrived, how long it waited', async ({
  request,
}) => {
  const story: { readonly incidents: readonly Truth[] } = JSON.parse(readFileSync(TRUTH_FILE, 'utf8'))
  const truth = story.incidents.find((incident) => incident.guildId === SICK)
  if (truth === undefined) throw new Error('the ground truth does not tell of the sick guild')
  const newest = Math.max(...truth.minutes.map((minute) => minute.minuteMs))
  // The newest minute was still running when the truth was written, and the first may have rotated since.
  const known = truth.minutes.filter((minute) => minute.minuteMs < newest && minute.minuteMs > Date.now() - 50 * 60_000)
  expect(known.length).toBeGreaterThan(25)
  const from = known[0].minuteMs
  const answer = await request.get(`/api/guilds/${SICK}/minutes?from=${from}&to=${newest}`)
  const { fromMs, actions, cells } = await answer.json()
  const sum = (values: number[]) => values.filter((value) => value > 0).reduce((total, value) => total + value, 0)
  for (const minute of known) {
    const at = (minute.minuteMs - fromMs) / 60_000
    const column = (measure: string): number[] => cells[measure].slice(at * actions.length, (at + 1) * actions.length)
    expect(sum(column('count')), `processed in ${new Date(minute.minuteMs).toISOString()}`).toBe(minute.processed)
    expect(sum(column('arrived')), `arrived in ${new Date(minute.minuteMs).toISOString()}`).toBe(minute.arrived)
    expect(Math.abs(Math.max(...column('waitUsMax')) - minute.waitMaxUs)).toBeLessThanOrEqual(1)
  }
})

test('documents itself, and says what is up', async ({ request }) => {
  const document = await (await request.get('/api/openapi.json')).json()
  expect(Object.keys(document.paths).length).toBeGreaterThan(12)
  const health = await (await request.get('/api/health')).json()
  expect(health.status).toBe('ok')
  expect(health.receivers.map((receiver: { state: string }) => receiver.state)).toEqual([
    'listening',
    'listening',
    'listening',
  ])
})

test('every page carries a strict policy and no inline anything', async ({ request }) => {
  for (const path of [
    '/',
    '/sources',
    `/guilds/${SICK}`,
    '/traces/deadbeefdeadbeefdeadbeefdeadbeef',
    '/no-such-page',
  ]) {
    const answer = await request.get(path)
    const policy = answer.headers()['content-security-policy'] ?? ''
    expect(policy, path).toContain("default-src 'self'")
    expect(policy, path).toContain("frame-ancestors 'none'")
    expect(policy, path).not.toContain('unsafe-inline')
    expect(policy, path).not.toContain('unsafe-eval')
    expect(answer.headers()['x-powered-by']).toBeUndefined()
    expect(await answer.text(), path).not.toMatch(/<[^>]+\sstyle=/)
  }
})
