import { writeFileSync } from 'node:fs'
import { createCanvas, loadImage } from '@napi-rs/canvas'
import { describe, expect, it } from 'vitest'
import { guildFixture } from '../../analysis/guild-fixture.ts'
import { incidentFigures, incidentSentence } from '../../analysis/incident-words.ts'
import { MINUTE_MS } from '../../model/timings.ts'
import { drawPicture, type PictureOf } from './draw.ts'
import { PICTURE_HEIGHT, PICTURE_WIDTH } from './size.ts'
import { charactersOf, wrap } from './text.ts'

const FLURRY = guildFixture(
  `
  message_reaction_add busy     1  1  1  1  1  20  59.5 59.5 59.5 59.5 30
  message_reaction_add count    10 10 10 10 10 200 600  600  600  600  300
  message_reaction_add arrived  10 10 10 10 10 780 700  400  50   10   10
  message_reaction_add maxwait  0  0  0  0  0  1   60   300  950  600  20
  message_reaction_add wait     0  0  0  0  0  90  9000  90000  200000  90000 900
  connect busy     2  2  2  2  2  2   0.4  0.4  0.4  0.4  2
  connect count    5  5  5  5  5  5   1    1    1    1    5
  connect arrived  5  5  5  5  5  6   5    5    5    5    5
`,
  { guildName: 'Pixel Arena' },
)

function pictureOf(extra: Partial<PictureOf> = {}): PictureOf {
  return {
    title: 'Reactions flood Pixel Arena',
    sentence: incidentSentence(incidentFigures(FLURRY), 'UTC'),
    minutes: FLURRY,
    without: 'The evidence holds no timings.',
    markers: [{ label: 'mitigation deployed', atMs: FLURRY.fromMs + 8 * MINUTE_MS }],
    frozenAtMs: FLURRY.nowMs,
    ...extra,
  }
}

/** How many of 1,000 sampled pixels differ from the first. */
async function variety(png: Buffer): Promise<{ width: number; height: number; different: number }> {
  const image = await loadImage(png)
  const canvas = createCanvas(image.width, image.height)
  const pen = canvas.getContext('2d')
  pen.drawImage(image, 0, 0)
  const { data } = pen.getImageData(0, 0, image.width, image.height)
  let different = 0
  const step = Math.floor(data.length / 4 / 1000)
  for (let i = 0; i < 1000; i++) {
    const at = i * step * 4
    if (data[at] !== data[0] || data[at + 1] !== data[1] || data[at + 2] !== data[2]) different++
  }
  return { width: image.width, height: image.height, different }
}

async function look(name: string, of: PictureOf) {
  const png = await drawPicture(of)
  if (process.env.GUILDSCOPE_PICTURES !== undefined)
    writeFileSync(`${process.env.GUILDSCOPE_PICTURES}/${name}.png`, png)
  return { ...(await variety(png)), bytes: png.length }
}

describe('the picture of an unfurled link', () => {
  it('is 1200 × 630 and not blank', async () => {
    const seen = await look('flurry', pictureOf())
    expect(seen).toMatchObject({ width: PICTURE_WIDTH, height: PICTURE_HEIGHT })
    expect(seen.different).toBeGreaterThan(150)
    expect(seen.bytes).toBeLessThan(300_000)
  })

  it.each([
    ['long', 'x'.repeat(10_000)],
    ['words', 'word '.repeat(2_000)],
    ['bidi', 'safe \u202egnp.exe\u202c \u2066evil\u2069 \u0000\u0007'],
    ['emoji', '👩‍👩‍👧‍👦🔥'.repeat(500)],
    ['zalgo', `z${'\u0301'.repeat(5_000)}o`.repeat(3)],
    ['empty', ''],
    ['lines', 'a\nb\r\nc\td\u2028e'],
    ['arabic', 'تعطل الخادم 12:30 بسبب ردود الفعل'],
  ])('%s title stays in its lines', async (name, title) => {
    const markers = Array.from({ length: 50 }, (_, i) => ({ label: title || 'x', atMs: FLURRY.fromMs + i * 9_000 }))
    const seen = await look(name, pictureOf({ title, markers }))
    expect(seen).toMatchObject({ width: PICTURE_WIDTH, height: PICTURE_HEIGHT })
  })

  it('draws a week of 40 actions', async () => {
    const actions = Array.from({ length: 40 }, (_, i) => `action_with_a_rather_long_name_${i}`)
    const minutes = 7 * 1440
    const blank = new Array<number>(minutes * actions.length).fill(-1)
    const busyUs = blank.map((_, at) => (at % 7 === 0 ? (at % 1000) * 300 : -1))
    const data = {
      ...FLURRY,
      actions,
      minutes,
      measures: ['busyUs'] as const,
      cells: { busyUs, count: blank, waitUsTotal: blank, waitUsMax: blank, arrived: blank, mailboxDepthMax: blank },
      state: new Array<number>(minutes).fill(1),
      held: new Array<number>(minutes).fill(0),
      sessions: blank.slice(0, minutes),
      waitP50Us: blank.slice(0, minutes),
      waitP99Us: blank.slice(0, minutes),
      nowMs: FLURRY.fromMs + minutes * MINUTE_MS,
    }
    const seen = await look('week', pictureOf({ minutes: data, markers: [] }))
    expect(seen.different).toBeGreaterThan(100)
  })

  it('says so where there are no minutes', async () => {
    expect((await look('without', pictureOf({ minutes: undefined }))).different).toBeGreaterThan(5)
  })
})

describe('text on a picture', () => {
  const width = (text: string) => [...text].length * 10
  it('breaks at spaces, cuts the last line, and splits a word that is too long', () => {
    expect(wrap('one two three four', 2, 90, width)).toEqual(['one two', 'three fo…'])
    expect(wrap('abcdefghijkl', 2, 50, width)).toEqual(['abcde', 'fghi…'])
    expect(wrap('short', 2, 90, width)).toEqual(['short'])
    expect(wrap('', 2, 90, width)).toEqual([])
    expect(wrap('ab', 3, 5, width)).toEqual(['a', 'b'])
  })
  it('shows what is invisible and bounds what is long', () => {
    expect(charactersOf('a\u202eb').join('')).toBe('a⟨U+202E⟩b')
    expect(charactersOf('x'.repeat(10_000))).toHaveLength(401)
    expect(charactersOf(`z${'\u0301'.repeat(100)}`).join('').length).toBe(5)
  })
})
