import { describe, expect, it } from 'vitest'
import { parseOptions, usage } from './options.ts'
import { PRESETS } from './presets.ts'

function parsed(line: string) {
  const result = parseOptions(line === '' ? [] : line.split(' '))
  if (!result.ok) throw new Error(result.failure.what)
  return result.value
}

function complaint(line: string): string {
  const result = parseOptions(line.split(' '))
  if (result.ok) throw new Error(`${line} was accepted`)
  return result.failure.what
}

describe('parseOptions', () => {
  it('sends the flurry to the default receiver', () => {
    const options = parsed('')
    expect(options.presets.map((preset) => preset.name)).toEqual(['reaction-flurry'])
    expect(options.tracesUrl.href).toBe('http://127.0.0.1:4318/v1/traces')
    expect(options.timingsUrl.href).toBe('http://127.0.0.1:4318/v1/timings')
    expect(options.live).toBe(true)
    expect(options.nowMs).toBeUndefined()
  })

  it('understands addresses with and without their paths', () => {
    expect(parsed('--target https://host/base/').tracesUrl.href).toBe('https://host/base/v1/traces')
    expect(parsed('--target=http://host:1/v1/traces').tracesUrl.href).toBe('http://host:1/v1/traces')
    expect(parsed('--target=http://host:1/v1/traces').timingsUrl.href).toBe('http://host:1/v1/timings')
    expect(parsed('--timings-target http://b:2').timingsUrl.href).toBe('http://b:2/v1/timings')
  })

  it('takes times as ISO 8601 and as milliseconds', () => {
    expect(parsed('--now 2026-11-24T03:00:00Z').nowMs).toBe(1_795_489_200_000)
    expect(parsed('--now 1795489200000').nowMs).toBe(1_795_489_200_000)
  })

  it('plays several presets in one fleet, which holds at least their guilds', () => {
    const options = parsed('--preset guild-down --with fanout-1m,guild-down --guilds 1 --no-live --demo')
    expect(options.presets.map((preset) => preset.name)).toEqual(['guild-down', 'fanout-1m'])
    expect(options.guilds).toBe(2)
    expect(options.live).toBe(false)
    expect(options.demo).toBe(true)
  })

  it('says in a sentence what is wrong', () => {
    expect(complaint('--preset nosuch')).toContain('There is no preset “nosuch”')
    expect(complaint('--wat')).toBe('There is no option --wat.')
    expect(complaint('wat')).toBe('“wat” is not an option.')
    expect(complaint('--seed')).toBe('--seed needs a value.')
    expect(complaint('--target file:///etc/passwd')).toContain('must be an http or https address')
    expect(complaint('--target nowhere')).toContain('must be an http or https address')
    expect(complaint('--guilds 1501')).toContain('from 1 to 1500')
    expect(complaint('--guilds 1.5')).toContain('whole number')
    expect(complaint('--head-rate x')).toContain('--head-rate takes a number from 0 to 1')
    expect(complaint('--now yesterday')).toContain('neither an ISO 8601 time nor Unix milliseconds')
  })

  it('lists every preset in its help', () => {
    for (const preset of PRESETS) expect(usage()).toContain(preset.name)
  })
})
