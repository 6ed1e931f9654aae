import { describe, expect, test } from 'vitest'
import { offersOf } from '../config/source-checks.ts'
import { sourceSettings } from '../config/source-fields.ts'
import { createBackendClient } from './http/create-client.ts'
import { openSource } from './open-source.ts'

const NEVER = new AbortController().signal

describe('a configured source', () => {
  test.each(['jaeger', 'tempo', 'zipkin', 'clickhouse', 'prometheus', 'timings-http'])(
    '%s offers what the configuration says of its kind, and is listed under its name even where nothing can be read',
    async (kind) => {
      // Nobody listens there.
      const settings = sourceSettings.parse({ kind, url: 'http://127.0.0.1:9', timeoutMs: 500, totalTimeoutMs: 1_000 })
      const client = createBackendClient('staging', settings)
      const { traces, timings } = openSource('staging', settings, client)
      const offers = offersOf(settings)
      expect({ traces: traces !== undefined, timings: timings !== undefined }).toEqual(offers)
      for (const source of [traces, timings]) {
        if (source === undefined) continue
        expect(source.name).toBe('staging')
        const health = await source.health(NEVER)
        expect(health).toMatchObject({ name: 'staging', kind, ok: false })
        expect(health.failure?.what).toContain('staging')
        expect(health.failure?.what).toMatch(/[.…]$/)
      }
      await client.close()
    },
  )
})
