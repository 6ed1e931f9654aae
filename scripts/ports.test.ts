/** Browser tests run two files at a time, and benches beside them: no port stands in two files. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const ROOT = path.resolve(import.meta.dirname, '..')
const PORT = /\b(?:web|http|grpc|\w+_PORT)(?::| =) (\d{4})\b/g

test('servers of browser tests and benches listen on ports of their own', () => {
  const filesOf = new Map<string, Set<string>>()
  for (const folder of ['e2e', 'bench']) {
    for (const name of readdirSync(path.join(ROOT, folder))) {
      if (!name.endsWith('.ts')) continue
      for (const [, port] of readFileSync(path.join(ROOT, folder, name), 'utf8').matchAll(PORT)) {
        filesOf.set(port, (filesOf.get(port) ?? new Set()).add(`${folder}/${name}`))
      }
    }
  }
  expect(filesOf.size).toBeGreaterThan(30)
  expect([...filesOf].filter(([, files]) => files.size > 1).map(([port, files]) => [port, ...files])).toEqual([])
})
