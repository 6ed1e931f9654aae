/** What several specs need: where the noteworthy things are, and a page that tells when something went wrong in it. */
import { readFileSync } from 'node:fs'
import type { APIRequestContext, Page } from '@playwright/test'
import { TRUTH_FILE } from './instance'

export const SICK = '81384788765712384'
export const SICK_NAME = 'Pixel Arena'

/** The complete trace of the sick guild that waited longest. */
export async function worstTrace(
  request: APIRequestContext,
): Promise<{ traceId: string; waitNs: number; spanCount: number }> {
  const page = await (await request.get(`/api/traces?guild=${SICK}&sort=longest-wait&complete=1&limit=1`)).json()
  return page.items[0]
}

/** The trace of one message to a million sessions. */
export function fanoutTraceId(): string {
  const truth: { readonly largestTrace: { readonly traceId: string } } = JSON.parse(readFileSync(TRUTH_FILE, 'utf8'))
  return truth.largestTrace.traceId
}

/** Collects console errors, page errors and refused requests; read it at the end of a test. */
export function watchForTrouble(page: Page, expected: RegExp = /^$/): string[] {
  const trouble: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' && !expected.test(message.text())) trouble.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => trouble.push(`page: ${error.message}`))
  page.on('response', (response) => {
    if (response.status() >= 500) trouble.push(`${response.status()}: ${response.url()}`)
  })
  return trouble
}

/** Waits until nothing on the page is busy loading. */
export async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle').catch((error: unknown) => {
    // Live pages poll; an idle network is welcome but not promised.
    if (!(error instanceof Error) || !/Timeout/.test(error.message)) throw error
  })
  await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null)
}

/** Pixels of all canvases that differ from their canvas's most frequent colour: is anything drawn? */
export async function totalInk(page: Page): Promise<number> {
  const inks = await page.locator('main canvas').evaluateAll((elements) =>
    elements.map((element) => {
      if (!(element instanceof HTMLCanvasElement) || element.width * element.height === 0) return 0
      const { data } = element.getContext('2d')?.getImageData(0, 0, element.width, element.height) ?? { data: [] }
      const seen = new Map<number, number>()
      for (let i = 0; i < data.length; i += 4) {
        const colour = (data[i] << 16) | (data[i + 1] << 8) | data[i + 2]
        seen.set(colour, (seen.get(colour) ?? 0) + 1)
      }
      return data.length / 4 - Math.max(0, ...seen.values())
    }),
  )
  return inks.reduce((sum, ink) => sum + ink, 0)
}

/** How far the document itself scrolls, across and down: nowhere. Only what stands below the bar does, and wide content within itself. */
export async function documentOverflow(page: Page): Promise<readonly [across: number, down: number]> {
  return page.evaluate((): [number, number] => {
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement
    return [scrollWidth - clientWidth, scrollHeight - clientHeight]
  })
}
