/** A guild-hour with 200 traces and 100,000 spans: frozen, exported as one file, opened from disk without a server or a network. */
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { chromium } from '@playwright/test'
import { formatBytes } from '../lib/base/format.ts'
import type { FreezeProgress, FreezeRequest } from '../lib/model/freeze.ts'
import { MINUTE_MS } from '../lib/model/timings.ts'
import { type Figure, ms, percentile } from './figure.ts'
import { startBenchServer } from './server.ts'
import { SpanLoad } from './span-load.ts'

const TRACES = 200
const SPANS_PER_TRACE = 500
const ACTIONS = 40
const HOUR_MS = 60 * MINUTE_MS
const OPENS = 3

export async function benchCapsule(): Promise<Figure[]> {
  const server = await startBenchServer({ web: 3312, http: 4522, grpc: 4521 })
  const file = path.join(tmpdir(), `guildscope-bench-${process.pid}.html`)
  try {
    const guildId = SpanLoad.guildId(0)
    const toMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS
    const fromMs = toMs - HOUR_MS + MINUTE_MS
    await fill(server.otlp, server.origin, guildId, fromMs, toMs)
    const side = { guildId, fromMs, toMs }
    const request: FreezeRequest = {
      title: 'A guild-hour',
      severity: 'minor',
      view: { path: `/guilds/${guildId}`, search: '' },
      sides: [side],
      baselines: [],
      flames: [],
      traceIds: [],
      slowest: TRACES,
      longestWait: 0,
      sample: 0,
    }
    const started = performance.now()
    const { freezeId }: { freezeId: string } = await (await post(`${server.origin}/api/incidents`, request)).json()
    const incidentId = await frozen(server.origin, freezeId)
    const freezeMs = performance.now() - started

    const exportStarted = performance.now()
    const answer = await post(`${server.origin}/api/incidents/${incidentId}/export`, { format: 'html', redact: [] })
    const bytes = Buffer.from(await answer.arrayBuffer())
    const exportMs = performance.now() - exportStarted
    writeFileSync(file, bytes)
    const pictures = [await pictureMs(server.origin, incidentId), await pictureMs(server.origin, incidentId)]
    const pages = await openTimes(`${server.origin}/incidents/${incidentId}`, OPENS + 2)
    await server.stop()

    const opens = await openTimes(`${pathToFileURL(file)}#/guilds/${guildId}`, OPENS)
    return [
      {
        what: 'freeze of a guild-hour, 200 traces, 100k spans',
        budget: '≤ 3,000 ms',
        figure: ms(freezeMs),
        ok: freezeMs <= 3_000,
      },
      {
        what: 'incident page from evidence, navigation → heat map painted, median',
        budget: '≤ 500 ms',
        figure: `${ms(median(pages.map((page) => page.heat)))} (answers the pointer: ${ms(median(pages.map((page) => page.ready)))}, every panel: ${ms(median(pages.map((page) => page.all)))})`,
        ok: median(pages.map((page) => page.heat)) <= 500,
      },
      {
        what: 'its unfurl picture, 1200 × 630',
        budget: '≤ 500 ms',
        figure: `${ms(pictures[0])}, cached ${ms(pictures[1])}`,
        ok: pictures[0] <= 500,
      },
      { what: 'its export as one HTML file', budget: '≤ 5,000 ms', figure: ms(exportMs), ok: exportMs <= 5_000 },
      {
        what: 'size of the file',
        budget: '≤ 10 MB',
        figure: `${formatBytes(bytes.length)} (gzip ${formatBytes(gzipSync(bytes).length)})`,
        ok: bytes.length <= 10e6,
      },
      {
        what: 'opened from disk → heat map and flame graph drawn',
        budget: '≤ 1,500 ms',
        figure: opens.map(({ all }) => ms(all)).join(', '),
        ok: Math.max(...opens.map(({ all }) => all)) <= 1_500,
      },
    ]
  } finally {
    rmSync(file, { force: true })
    await server.stop()
  }
}

async function pictureMs(origin: string, incidentId: string): Promise<number> {
  const started = performance.now()
  const answer = await fetch(`${origin}/api/incidents/${incidentId}/picture.png`)
  const png = Buffer.from(await answer.arrayBuffer())
  if (!answer.ok || png.readUInt32BE(16) !== 1200) throw new Error(`There is no picture: ${answer.status}`)
  return performance.now() - started
}

interface Opened {
  /** The heat map is painted: the still that came with the page, or the canvas. */
  readonly heat: number
  /** Its canvas is drawn, and it answers the pointer. */
  readonly ready: number
  /** Every panel shows its picture. */
  readonly all: number
}

/** From the navigation's start, by the page's own clock. The browser has opened nothing before, or the same page in the times before. */
async function openTimes(address: string, opens: number): Promise<readonly Opened[]> {
  const browser = await chromium.launch({
    executablePath: process.env.GUILDSCOPE_CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  })
  try {
    const offline = address.startsWith('file:')
    const context = await browser.newContext({ offline, viewport: { width: 1440, height: 900 } })
    // The loader that runs this file names functions through a helper, also those that are sent to the page.
    await context.addInitScript({ content: 'globalThis.__name = (f) => f' })
    const times: Opened[] = []
    for (let i = 0; i < opens; i++) {
      const page = await context.newPage()
      await page.addInitScript(watch)
      await page.goto(address, { waitUntil: 'commit' })
      const opened = await page.waitForFunction(
        () => {
          const at = (name: string) => performance.getEntriesByName(name)[0]?.startTime
          const [heat, ready, all] = [at('bench-heat'), at('bench-ready'), at('bench-all')]
          return heat === undefined || ready === undefined || all === undefined ? undefined : { heat, ready, all }
        },
        undefined,
        { polling: 50 },
      )
      const both = await opened.jsonValue()
      if (both !== undefined) times.push(both)
      await page.close()
    }
    return times
  } finally {
    await browser.close()
  }
}

/** Runs in the page: looks once a frame, after what was drawn in it. */
function watch(): void {
  const first = (name: string) => {
    if (performance.getEntriesByName(name).length === 0) performance.mark(name)
  }
  let paints = 0
  const look = () => {
    // A canvas gets its size when it is first drawn; that of the heat map stands beside its grid.
    const grid = document.querySelector('[role=grid]')
    const isReady = grid?.parentElement?.parentElement?.querySelector('canvas[style]') != null
    // What stands in the document when a frame begins is on the screen when the next one does.
    if (paints > 0 || isReady) first('bench-heat')
    if (document.querySelector('svg[data-still] path') !== null) paints++
    if (!isReady) return requestAnimationFrame(look)
    first('bench-ready')
    const isWhole =
      document.querySelector('[role=tree]') !== null &&
      document.querySelector('table tbody tr') !== null &&
      document.querySelector('[aria-busy=true]') === null
    if (isWhole) performance.mark('bench-all')
    else requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

async function fill(otlp: string, origin: string, guildId: string, fromMs: number, toMs: number): Promise<void> {
  const load = new SpanLoad({ seed: 5, guilds: 1, spansPerTrace: SPANS_PER_TRACE })
  const batch = 20
  const everyMs = (toMs - fromMs) / TRACES
  for (let t = 0; t < TRACES; t += batch) {
    const answer = await fetch(`${otlp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: load.request(batch, fromMs + t * everyMs, everyMs),
    })
    if (!answer.ok) throw new Error(`Traces were refused: ${answer.status} ${await answer.text()}`)
  }
  const samples = []
  for (let minute = fromMs; minute < toMs; minute += MINUTE_MS) {
    for (let action = 0; action < ACTIONS; action++) {
      const count = 100 + ((minute / MINUTE_MS) % 7) * 10 + action
      const figures = { busyUs: count * 9_000, count, waitUsTotal: count * 5_000, waitUsMax: 90_000, arrived: count }
      samples.push({
        guildId,
        minute: new Date(minute).toISOString(),
        node: 'n1',
        action: `action_${action}`,
        ...figures,
      })
    }
  }
  await post(`${origin}/v1/timings`, { samples })
}

async function frozen(origin: string, freezeId: string): Promise<string> {
  for (;;) {
    const progress: FreezeProgress = await (await fetch(`${origin}/api/freezes/${freezeId}`)).json()
    if (progress.state === 'done') return progress.incidentId
    if (progress.state !== 'running') throw new Error(`The freeze ended: ${JSON.stringify(progress)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function post(url: string, body: unknown): Promise<Response> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
  return answer
}
