/** The links out of Guildscope as docs/interop.md configures them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { isOfTraces, linkFrom } from '../base/link-template.ts'
import { readConfig } from './config.ts'

const text = readFileSync(join(import.meta.dirname, '../../docs/interop.md'), 'utf8')
const [json] = /```json\n([\s\S]*?)```/.exec(text)?.slice(1) ?? ['']
const links = z.record(z.string(), z.string())

test('the documented links are a configuration, and each makes the address it should', () => {
  const given: unknown = JSON.parse(json)
  const read = readConfig(json, 'guildscope.config.json', {})
  expect(read.ok ? [] : read.sentences).toEqual([])
  const documented = z.object({ links, sources: z.record(z.string(), z.object({ links })) }).parse(given)
  const all = { ...documented.links, ...documented.sources.jaeger.links }
  const values = {
    traceId: 'c4a70000000000000000000000000abc',
    guild: 'a&b=c d',
    fromMs: Date.UTC(2026, 10, 24, 10),
    toMs: Date.UTC(2026, 10, 24, 11),
  }
  expect(Object.fromEntries(Object.entries(all).map(([name, link]) => [name, linkFrom(link, values)]))).toEqual({
    Metrics: 'https://grafana.example.org/d/guilds?var-guild=a%26b%3Dc%20d&from=1795514400000&to=1795518000000',
    Logs: 'https://logs.example.org/search?q=guild:a%26b%3Dc%20d&from=2026-11-24T10%3A00%3A00.000Z&to=2026-11-24T11%3A00%3A00.000Z',
    'Logs of the trace': 'https://logs.example.org/search?q=trace_id:c4a70000000000000000000000000abc',
    Jaeger: 'https://jaeger.example.org/trace/c4a70000000000000000000000000abc',
  })
  expect(Object.keys(all).filter((name) => isOfTraces(all[name]))).toEqual(['Logs of the trace', 'Jaeger'])
})
