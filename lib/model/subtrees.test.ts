import { expect, test } from 'vitest'
import { spansFromText, textFromSpans } from './fixtures.ts'
import { STAGE_ID } from './stages.ts'
import { subtreesOfStage } from './subtrees.ts'

const TRACE = `
client 0 100 stage=client
  api 10 90 stage=api
    guild 20 60 stage=guild
      check 21 30 stage=guild
      relay 40 50 stage=relay
    audit 61 70 stage=api
late 200 220 stage=guild
`

test('keeps the topmost spans of a stage and their descendants, as trees of their own', () => {
  const all = spansFromText(TRACE)
  const kept = subtreesOfStage(all, STAGE_ID.guild)
  expect(
    textFromSpans(kept)
      .trim()
      .split('\n')
      .map((line) => line.split(/ \d/)[0]),
  ).toEqual(['guild', '  check', '  relay', 'late'])
  expect([...kept.parent]).toEqual([-1, 0, 0, -1])
  expect([...kept.subtreeEnd]).toEqual([3, 2, 3, 4])
  expect([...kept.depth]).toEqual([0, 1, 1, 0])
  expect([...kept.start]).toEqual([20, 21, 40, 200])
})

test('leaves out tops that are not wanted, and looks for others below them', () => {
  const all = spansFromText(`
    connect 0 90 stage=api
      mine 1 9 stage=guild
      other 10 20 stage=guild
        back 12 15 stage=guild
  `)
  const kept = subtreesOfStage(all, STAGE_ID.guild, (i) => all.names[all.nameId[i]] !== 'other')
  expect([...kept.nameId].map((id) => kept.names[id])).toEqual(['mine', 'back'])
  expect([...kept.parent]).toEqual([-1, -1])
})

test('is empty where the stage does not occur, and the whole where it is the root', () => {
  const all = spansFromText(TRACE)
  expect(subtreesOfStage(all, STAGE_ID.gateway).count).toBe(0)
  expect(subtreesOfStage(spansFromText('a 0 9 stage=api\n  b 1 2'), STAGE_ID.api).count).toBe(2)
})
