import { expect, test } from 'vitest'
import type { SpanColumns } from '../../model/span-columns.ts'
import { STAGE_ID } from '../../model/stages.ts'
import { SampleColumns } from './answers.ts'
import { MinutesFromSpans } from './from-spans.ts'
import { sampleAt } from './sample-rows.ts'

const S = 1e9
const FIRST = 29_000_000

interface Sketch {
  readonly startS: number
  readonly forS: number
  readonly weight: number
  readonly parent?: number
  readonly stage?: keyof typeof STAGE_ID
  readonly waitS?: number
}

function forest(sketches: readonly Sketch[]): SpanColumns {
  const count = sketches.length
  const u32 = () => new Uint32Array(count)
  const column = (of: (sketch: Sketch) => number) => Float64Array.from(sketches, of)
  return {
    count,
    // Starts 30 s into a minute.
    traceStartNs: BigInt(FIRST) * 60_000_000_000n + 30_000_000_000n,
    start: column(({ startS }) => startS * S),
    duration: column(({ forS }) => forS * S),
    parent: Int32Array.from(sketches, ({ parent = -1 }) => parent),
    subtreeEnd: u32(),
    depth: u32(),
    nameId: u32().fill(1),
    serviceId: u32(),
    nodeId: u32().fill(1),
    actionId: u32().fill(1),
    relayId: u32(),
    stageId: Uint8Array.from(sketches, ({ stage = 'guild' }) => STAGE_ID[stage]),
    flags: new Uint8Array(count),
    wait: column(({ waitS }) => (waitS === undefined ? Number.NaN : waitS * S)),
    weight: Float32Array.from(sketches, ({ weight }) => weight),
    names: ['', 'name'],
    services: [''],
    nodes: ['', 'n1'],
    actions: ['', 'act'],
    relays: [''],
  }
}

function derive(sketches: readonly Sketch[]) {
  const minutes = new MinutesFromSpans(FIRST, FIRST + 3)
  minutes.add(forest(sketches))
  const columns = new SampleColumns()
  minutes.into(columns, 'g')
  const samples = Array.from({ length: columns.rows.count }, (_, i) => sampleAt(columns.rows, i))
  return { samples, facts: minutes.facts() }
}

test('a span is spread over the minutes that it covers, as often as it stands for, and counted where it began', () => {
  const { samples, facts } = derive([{ startS: 0, forS: 100, weight: 4, waitS: 2 }])
  expect(samples.map(({ minuteMs, busyUs, count }) => [minuteMs / 60_000 - FIRST, busyUs, count])).toEqual([
    [0, 120e6, 4],
    [1, 240e6, 0],
    [2, 40e6, 0],
  ])
  expect(samples[0]).toMatchObject({ node: 'n1', action: 'act', waitUsTotal: 8e6, waitUsMax: 2e6 })
  expect(facts).toMatchObject({ spans: 1, unknownWeights: 0, busyUs: 400e6 })
  expect(facts.halfWidthUs).toBeCloseTo(1.96 * Math.sqrt(4 * 3) * 100e6, -2)
})

test('what a span of the guild calls in the guild is not counted twice; other stages are not the guild’s time', () => {
  const { samples } = derive([
    { startS: 0, forS: 10, weight: 1, stage: 'api' },
    { startS: 1, forS: 8, weight: 1, parent: 0 },
    { startS: 2, forS: 2, weight: 1, parent: 1, stage: 'unknown' },
    { startS: 2, forS: 2, weight: 1, parent: 2 },
  ])
  expect(samples.map(({ busyUs }) => busyUs)).toEqual([8e6])
})

test('a span that does not tell how many it stands for is counted, and said to be a lower limit', () => {
  const { samples, facts } = derive([
    { startS: 0, forS: 1, weight: Number.NaN },
    { startS: 2, forS: 1, weight: 10 },
  ])
  expect(samples[0].busyUs).toBe(11e6)
  expect(facts).toMatchObject({ spans: 2, unknownWeights: 1 })
  expect(samples[0].waitUsTotal).toBeUndefined()
})

test('spans outside the range add nothing', () => {
  expect(derive([{ startS: 400, forS: 1, weight: 1 }]).samples).toEqual([])
  expect(derive([{ startS: -100, forS: 80, weight: 1 }]).samples.map(({ busyUs }) => busyUs)).toEqual([10e6])
})
