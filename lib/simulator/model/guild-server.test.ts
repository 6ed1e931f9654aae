import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ACTIONS, fanoutKeepRate, REFERENCE_SESSIONS, relayCount } from './actions.ts'
import { CALL_TIMEOUT_US, GuildServer, type GuildSpec, type Watcher } from './guild-server.ts'
import { WAIT_BOUNDS_US, waitBucket } from './minute.ts'

const reference: GuildSpec = {
  id: '1',
  name: 'one',
  sessions: REFERENCE_SESSIONS,
  activity: 1,
  node: 0,
  intId: true,
}

interface Message {
  readonly action: number
  readonly arrivalUs: number
  startUs: number
  endUs: number
  depth: number
}

/** A server of which every message is watched. */
function watched(spec: GuildSpec, seed: string) {
  const messages: Message[] = []
  const handled: Message[] = []
  const watcher: Watcher<Message> = {
    arrived(_, action, arrivalUs) {
      const message = { action, arrivalUs, startUs: -1, endUs: -1, depth: -1 }
      messages.push(message)
      return message
    },
    handled(_, message, startUs, endUs, depth) {
      Object.assign(message, { startUs, endUs, depth })
      handled.push(message)
    },
  }
  const server = new GuildServer<Message>(spec, seed)
  server.headRates.fill(1)
  for (let a = 0; a < ACTIONS.length; a++) server.headRateChanged(a)
  return { server, watcher, messages, handled }
}

function totals(server: GuildServer<Message>, field: 'arrived' | 'count' | 'busyUs'): number {
  let sum = 0
  for (const minute of server.minutes.values()) for (const value of minute[field]) sum += value
  return sum
}

describe('GuildServer', () => {
  it('handles messages in order of arrival, each as soon as the one before is done', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 8 }),
        fc.double({ min: 0.2, max: 6, noNaN: true }),
        fc.array(fc.integer({ min: 1, max: 900_000 }), { minLength: 1, maxLength: 6 }),
        (seed, load, stepsUs) => {
          const { server, watcher, messages, handled } = watched({ ...reference, activity: load }, seed)
          let now = 0
          for (const step of stepsUs) {
            now += step
            server.run(now, watcher)
            expect(server.arrivedTotal).toBe(server.handledTotal + server.depth)
          }
          expect(messages).toHaveLength(server.arrivedTotal)
          expect(handled).toEqual(messages.slice(0, handled.length))
          let freeAt = 0
          let arrivedBy = 0
          handled.forEach((message, i) => {
            expect(message.startUs).toBe(Math.max(freeAt, message.arrivalUs))
            expect(message.endUs).toBeGreaterThan(message.startUs)
            while (arrivedBy < messages.length && messages[arrivedBy].arrivalUs <= message.startUs) arrivedBy++
            expect(message.depth).toBe(arrivedBy - i)
            freeAt = message.endUs
          })
          expect(totals(server, 'arrived')).toBe(server.arrivedTotal)
          expect(totals(server, 'count')).toBe(server.handledTotal)
        },
      ),
      { seed: 20_261_124, numRuns: 40 },
    )
  })

  it('is 28 % busy with the base load of the table', () => {
    const { server, watcher } = watched(reference, 'busy')
    server.headRates.fill(0)
    for (let a = 0; a < ACTIONS.length; a++) server.headRateChanged(a)
    const seconds = 600
    server.run(seconds * 1e6, watcher)
    expect(totals(server, 'busyUs') / (seconds * 1e6)).toBeCloseTo(0.2823, 1)
    expect(server.arrivedTotal / seconds).toBeGreaterThan(455)
    expect(server.arrivedTotal / seconds).toBeLessThan(485)
  })

  it('gives the same story in one step as in many', () => {
    const once = watched(reference, 'steps')
    once.server.run(5e6, once.watcher)
    const often = watched(reference, 'steps')
    for (let us = 0; us <= 5e6; us += 1_000) often.server.run(us, often.watcher)
    expect(often.handled).toEqual(once.handled)
  })

  it('books no second twice: at most a minute of work begins in a minute', () => {
    const { server, watcher } = watched({ ...reference, activity: 8 }, 'full')
    server.headRates.fill(0)
    for (let a = 0; a < ACTIONS.length; a++) server.headRateChanged(a)
    server.run(180e6, watcher)
    for (const minute of [1, 2]) {
      const busy = server.minuteAt(minute).busyUs.reduce((sum, us) => sum + us, 0)
      expect(Math.abs(busy - 60e6)).toBeLessThan(0.6e6)
    }
  })

  it('loses its mailbox when it dies, and books nothing afterwards', () => {
    const { server, watcher } = watched({ ...reference, activity: 8 }, 'death')
    server.run(30e6, watcher)
    const { handledTotal } = server
    server.die()
    server.run(90e6, watcher)
    expect(server.handledTotal).toBe(handledTotal)
    expect(server.depth).toBe(0)
    expect(server.arrivedTotal).toBe(server.handledTotal + server.lostTotal)
    expect(server.minutes.has(1)).toBe(false)
  })

  it('lets callers whose call timed out call again, a limited number of times', () => {
    const { server, watcher, messages } = watched({ ...reference, activity: 8 }, 'retry')
    server.retries = 2
    server.run(60e6, watcher)
    const first = messages.find(
      (message) =>
        ACTIONS[message.action].kind === 'call' && message.startUs - message.arrivalUs > 1.1 * CALL_TIMEOUT_US,
    )
    if (first === undefined) throw new Error('no call waited long')
    const again = messages.filter(
      (message) =>
        message.action === first.action && Math.abs((message.arrivalUs - first.arrivalUs) % CALL_TIMEOUT_US) < 1e-6,
    )
    expect(again.length).toBeGreaterThanOrEqual(2)
    expect(again.length).toBeLessThanOrEqual(3)
  })
})

describe('the assumptions', () => {
  it('find the bucket of a wait like a search would', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 3e9, noNaN: true }), (waitUs) => {
        const at = WAIT_BOUNDS_US.findIndex((bound) => waitUs <= bound)
        expect(waitBucket(waitUs)).toBe(at === -1 ? WAIT_BOUNDS_US.length : at)
      }),
      { seed: 20_261_124 },
    )
  })

  it('keep 100 %, 10 % and 0.1 % of fan-outs to 1, 100 and 10,000 sessions, log-log in between', () => {
    expect(fanoutKeepRate(1)).toBe(1)
    expect(fanoutKeepRate(10)).toBeCloseTo(0.316, 3)
    expect(fanoutKeepRate(100)).toBeCloseTo(0.1, 10)
    expect(fanoutKeepRate(1_000)).toBeCloseTo(0.01, 10)
    expect(fanoutKeepRate(10_000)).toBeCloseTo(0.001, 10)
    expect(fanoutKeepRate(1_000_000)).toBe(0.001)
  })

  it('hang 15,000 sessions on a relay, and none below that', () => {
    expect([400, 15_000, 15_001, 600_000, 1_000_000].map(relayCount)).toEqual([0, 0, 2, 40, 67])
  })
})
