import { expect, test } from 'vitest'
import { OpenMetricsSink } from './open-metrics.ts'

test('counters grow within their minutes, are scraped every 15 s, and rest where nothing happened', async () => {
  const sink = new OpenMetricsSink({ traces: async () => {}, timings: async () => {}, drain: async () => {} })
  const sample = (minute: string, busyUs: number) =>
    `{"guildId":"1","node":"n","minute":"${minute}","action":"a","busyUs":${busyUs},"count":60,"arrived":60}`
  await sink.timings(`{"samples":[${sample('2026-11-22T10:00:00Z', 1)},${sample('2026-11-22T10:02:00Z', 60e6)}]}`)
  await sink.timings(`{"samples":[${sample('2026-11-22T10:00:00Z', 60e6)}]}`)
  const lines = [...sink.text()].join('').split('\n')
  const busy = lines.filter((line) => line.startsWith('guild_busy_seconds_total'))
  expect(busy.map((line) => Number(line.split(' ')[1]))).toEqual([7, 22, 37, 52, 60, 60, 60, 60, 67, 82, 97, 112])
  expect(busy[0]).toBe(
    `guild_busy_seconds_total{guild_id="1",action="a",instance="n"} 7 ${Date.UTC(2026, 10, 22, 10) / 1000 + 7}`,
  )
  expect(lines.at(-2)).toBe('# EOF')
})
