import { describe, expect, it } from 'vitest'
import { guildFixture } from './guild-fixture.ts'
import { incidentFigures, incidentSentence } from './incident-words.ts'

const FLURRY = guildFixture(
  `
  react   busy     1  1  1  1  1  20  59.5 59.5 59.5 59.5 30
  react   count    10 10 10 10 10 200 600  600  600  600  300
  react   arrived  10 10 10 10 10 780 700  400  50   10   10
  react   maxwait  0  0  0  0  0  1   60   300  950  600  20
  connect busy     2  2  2  2  2  2   0.4  0.4  0.4  0.4  2
  connect count    5  5  5  5  5  5   1    1    1    1    5
  connect arrived  5  5  5  5  5  6   5    5    5    5    5
`,
  { guildName: 'Pixel Arena' },
)

describe('an incident in one sentence', () => {
  it('says the wait, since when until when, and what brought the work', () => {
    expect(incidentSentence(incidentFigures(FLURRY), 'UTC')).toBe(
      'Pixel Arena: wait up to 15 m 50 s, saturated 2026-11-22 10:06–10:10 UTC, cause: react ×78',
    )
  })

  it('leaves out what is not stated', () => {
    const figures = incidentFigures(guildFixture('a busy 60 60 60 60'))
    expect(figures).toMatchObject({ wait: undefined, cause: undefined, saturated: { orEarlier: true } })
    expect(incidentSentence(figures, 'UTC')).toBe('guild 1: saturated 2026-11-22 10:00 (or earlier)–10:04 UTC')
  })

  it('does not call a healthy guild sick', () => {
    expect(incidentSentence(incidentFigures(guildFixture('a busy 3 2 3')), 'UTC')).toBe(
      'guild 1: at most 3.0 s busy in a minute',
    )
    expect(incidentSentence(incidentFigures(guildFixture('state none none')), 'UTC')).toBe(
      'guild 1: no timings in the evidence',
    )
  })

  it('names silence after load', () => {
    const data = guildFixture('state data data silent silent\na busy 50 59')
    expect(incidentSentence(incidentFigures(data), 'UTC')).toContain('silent since 10:02 UTC')
  })
})
