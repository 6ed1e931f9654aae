import { describe, expect, it } from 'vitest'
import { frameScheduler } from './frame.ts'

function setUp() {
  const waiting: ((timeMs: number) => void)[] = []
  const log: string[] = []
  const scheduler = frameScheduler((run) => waiting.push(run))
  const frame = (timeMs = 0) => waiting.splice(0).forEach((run) => void run(timeMs))
  return { scheduler, log, waiting, frame }
}

describe('frame scheduler', () => {
  it('draws each dirty layer once a frame, in order, and then rests', () => {
    const { scheduler, log, waiting, frame } = setUp()
    const base = scheduler.layer(() => log.push('base'))
    const overlay = scheduler.layer(() => log.push('overlay'))
    expect(waiting).toHaveLength(1)
    frame()
    expect(log).toEqual(['base', 'overlay'])
    expect(waiting).toHaveLength(0)
    overlay.invalidate()
    overlay.invalidate()
    base.invalidate()
    expect(waiting).toHaveLength(1)
    frame()
    expect(log).toEqual(['base', 'overlay', 'base', 'overlay'])
  })

  it('redraws only what is dirty', () => {
    const { scheduler, log, frame } = setUp()
    scheduler.layer(() => log.push('base'))
    const overlay = scheduler.layer(() => log.push('overlay'))
    frame()
    log.length = 0
    overlay.invalidate()
    frame()
    expect(log).toEqual(['overlay'])
  })

  it('defers what becomes dirty while drawing', () => {
    const { scheduler, log, waiting, frame } = setUp()
    const layer = scheduler.layer(() => {
      log.push('draw')
      if (log.length < 3) layer.invalidate()
    })
    frame()
    expect(log).toHaveLength(1)
    frame()
    frame()
    expect(log).toHaveLength(3)
    expect(waiting).toHaveLength(0)
  })

  it('draws nothing for disposed layers, and the rest when one throws', () => {
    const { scheduler, log, frame } = setUp()
    scheduler.layer(() => {
      gone.dispose()
      throw new Error('a bug')
    })
    const gone = scheduler.layer(() => log.push('gone'))
    scheduler.layer(() => log.push('rest'))
    expect(() => frame()).toThrow('a bug')
    expect(log).toEqual(['rest'])
    gone.invalidate()
    frame()
    expect(log).toEqual(['rest'])
  })
})
