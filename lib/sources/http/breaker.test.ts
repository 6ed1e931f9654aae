import { describe, expect, it } from 'vitest'
import { Breaker } from './breaker.ts'

describe('the breaker of a source', () => {
  it('opens after five failures in a row, probes with one request, and pauses longer while that fails', () => {
    const breaker = new Breaker()
    for (let i = 0; i < 4; i++) breaker.failed(0, 'x is down.')
    expect(breaker.admit(0)).toEqual({ admitted: true })
    breaker.failed(0, 'x is down.')
    expect(breaker.admit(4_999)).toEqual({ admitted: false, untilMs: 5_000, why: 'x is down.' })
    expect(breaker.admit(5_000)).toEqual({ admitted: true })
    expect(breaker.admit(5_000).admitted).toBe(false)
    breaker.failed(5_000, 'x is still down.')
    expect(breaker.pausedUntilMs(5_001)).toBe(15_000)
    expect(breaker.admit(15_000)).toEqual({ admitted: true })
    breaker.succeeded()
    expect(breaker.admit(15_000)).toEqual({ admitted: true })
    expect(breaker.admit(15_000)).toEqual({ admitted: true })
  })

  it('is not opened by failures with successes between them, nor lengthened by those under way', () => {
    const breaker = new Breaker()
    for (let i = 0; i < 9; i++) {
      breaker.failed(0, '')
      if (i % 4 === 3) breaker.succeeded()
    }
    expect(breaker.admit(0).admitted).toBe(true)
    for (let i = 0; i < 20; i++) breaker.failed(i, '')
    expect(breaker.pausedUntilMs(20)).toBeLessThan(5_020)
  })

  it('lets another probe when the first was cancelled', () => {
    const breaker = new Breaker()
    for (let i = 0; i < 5; i++) breaker.failed(0, '')
    expect(breaker.admit(5_000).admitted).toBe(true)
    breaker.undecided()
    expect(breaker.admit(5_000).admitted).toBe(true)
  })

  it('waits as long as it was asked to, up to five minutes', () => {
    const breaker = new Breaker()
    breaker.pause(0, 30_000, 'x asks to be left alone.')
    expect(breaker.pausedUntilMs(0)).toBe(30_000)
    breaker.pause(0, 86_400_000, 'x asks to be left alone.')
    expect(breaker.pausedUntilMs(0)).toBe(300_000)
  })
})
