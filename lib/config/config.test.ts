import { expect, test } from 'vitest'
import { parseBytes, readConfig } from './config.ts'

const FILE = 'guildscope.config.json'

function sentences(text: string | undefined, env: Record<string, string> = {}): readonly string[] {
  const result = readConfig(text, FILE, env)
  return result.ok ? [] : result.sentences
}

test('defaults without a file', () => {
  const result = readConfig(undefined, FILE, {})
  expect(result.ok && result.config).toMatchObject({
    port: 3000,
    host: '127.0.0.1',
    otlpHttpPort: 4318,
    otlpGrpcPort: 4317,
    retention: { minutes: 60, largeDays: 30, largest: 20, diskCap: 20 * 2 ** 30 },
    mapping: { guild: ['guild.id'] },
  })
})

test('environment beats file, and an empty variable counts as absent', () => {
  const file = '{"port":4000,"retention":{"minutes":90,"diskCap":"500MB"}}'
  const result = readConfig(file, FILE, { PORT: '5000', HOST: '', GUILDSCOPE_RETENTION_LARGEST: '7' })
  expect(result.ok && result.config).toMatchObject({
    port: 5000,
    host: '127.0.0.1',
    retention: { minutes: 90, largest: 7, diskCap: 500e6 },
  })
})

test('a bad value is a sentence that names where it came from', () => {
  expect(sentences('{')[0]).toMatch(/^guildscope\.config\.json is not JSON/)
  expect(sentences('[]')).toEqual(['guildscope.config.json must hold one JSON object.'])
  expect(sentences(undefined, { PORT: '70000' })[0]).toMatch(/^PORT must be/)
  expect(sentences(undefined, { GUILDSCOPE_RETENTION_DISK_CAP: 'lots' })[0]).toMatch(
    /^GUILDSCOPE_RETENTION_DISK_CAP must be a size/,
  )
  expect(sentences('{"retention":{"minutes":-1}}')[0]).toMatch(
    /^"retention\.minutes" in guildscope\.config\.json must be greater/,
  )
  expect(sentences('{"tyop":1}')[0]).toMatch(/tyop/)
  expect(sentences('{"mapping":{"stageOfService":{"api":"nonsense"}}}')).toHaveLength(1)
  expect(sentences('{"port":"x","host":""}')).toHaveLength(2)
})

test('sizes', () => {
  expect(['1', '1k', '2KiB', '1.5GB', ' 3 MiB '].map(parseBytes)).toEqual([1, 1000, 2048, 1.5e9, 3 * 2 ** 20])
  expect(['', 'x', '-1', '1XB', '1e9'].map(parseBytes)).toEqual([NaN, NaN, NaN, NaN, NaN])
})
