/**
 * Jaeger's query service takes the documented `linkPatterns` and hands them to its UI. The UI itself is not part of Jaeger's Go module (its start page is a
 * placeholder with the same variables), so what it makes of them is not seen here.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { startJaeger } from './jaeger.ts'

test('the linkPatterns of docs/interop.md are Jaeger’s configuration', async () => {
  const text = readFileSync(path.join(import.meta.dirname, '../docs/interop.md'), 'utf8')
  const documented = [...text.matchAll(/```json\n([\s\S]*?)```/g)].map((found) => found[1])
  const [patterns, ...others] = documented.filter((block) => block.includes('linkPatterns'))
  expect(others).toEqual([])
  const jaeger = await startJaeger(patterns)
  try {
    const page = await (await fetch(`${jaeger.url}/search`)).text()
    const [, served] = /JAEGER_CONFIG = (\{.*\});/.exec(page) ?? []
    expect(JSON.parse(served ?? 'null')).toMatchObject(JSON.parse(patterns))
  } finally {
    await jaeger.stop()
  }
})
