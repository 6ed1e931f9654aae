import { expect, test } from 'vitest'
import { STAGE_ID, type Stage } from '../model/stages.ts'
import { mayBeComplete } from './part-reader.ts'

function mayBe(hasRoot: boolean, ...stages: Stage[]): boolean {
  return mayBeComplete({ hasRoot, stages: stages.reduce((bits, stage) => bits | (1 << STAGE_ID[stage]), 0) })
}

test('a trace is end to end only from the client or API to the guild', () => {
  expect(mayBe(true, 'client', 'api', 'guild', 'session')).toBe(true)
  expect(mayBe(true, 'api', 'guild')).toBe(true)
  // The caller's context was lost: the guild's span became a root.
  expect(mayBe(true, 'guild', 'relay', 'session')).toBe(false)
  expect(mayBe(true, 'guild', 'unknown')).toBe(false)
  expect(mayBe(true, 'client', 'api')).toBe(false)
  expect(mayBe(false, 'api', 'guild')).toBe(false)
})

test('without any stage a root is all that can be asked for', () => {
  expect(mayBe(true, 'unknown')).toBe(true)
  expect(mayBe(false, 'unknown')).toBe(false)
})
