import { describe, expect, it } from 'vitest'
import { axisMinute, axisMs, sideAxis } from './side-axis.ts'

const AT = (time: string) => Date.parse(`2026-11-${time}Z`)
const side = (from: string, to: string, moment?: string) => ({
  fromMs: AT(from),
  toMs: AT(to),
  momentMs: moment === undefined ? undefined : AT(moment),
})

describe('one axis for several sides', () => {
  it('lays the same time of day under the same time of day', () => {
    const axis = sideAxis(
      [side('22T10:00', '22T11:00'), side('21T10:05', '21T11:05'), side('22T09:30', '22T10:30')],
      'clock',
    )
    expect([axis.from, axis.to]).toEqual([-30, 65])
    expect(axisMinute(axis, 1, AT('21T10:05'))).toBe(5)
    expect(axisMinute(axis, 2, AT('22T10:00'))).toBe(0)
    expect(axisMs(axis, 1, 5)).toBe(AT('21T10:05'))
  })

  it('keeps a range across midnight in one piece', () => {
    const axis = sideAxis([side('22T23:30', '23T00:30'), side('15T23:30', '16T00:30')], 'clock')
    expect([axis.from, axis.to]).toEqual([0, 60])
  })

  it('lays moments over each other, and takes the same place of the range where a side has none', () => {
    const axis = sideAxis(
      [
        side('22T09:00', '22T10:00'),
        side('22T10:00', '22T11:00', '22T10:20'),
        side('22T10:00', '22T11:00', '22T10:30'),
      ],
      'offset',
    )
    expect(axis.assumed).toEqual([true, false, false])
    expect(axis.zeroMs).toEqual([AT('22T09:20'), AT('22T10:20'), AT('22T10:30')])
    expect([axis.from, axis.to]).toEqual([-30, 40])
  })

  it('is empty without sides', () => expect(sideAxis([], 'clock')).toMatchObject({ from: 0, to: 0 }))
})
