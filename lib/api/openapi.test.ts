import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { DOCUMENTED, openApi } from './openapi.ts'

const APP = path.resolve(import.meta.dirname, '../../app')

/** `GET /api/fleet` and so on. */
function routesBelow(folder: string): string[] {
  return readdirSync(path.join(APP, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.name === 'route.ts')
    .flatMap((entry) => {
      const address = `/${path.relative(APP, entry.parentPath).replaceAll('[', '{').replaceAll(']', '}')}`
      const source = readFileSync(path.join(entry.parentPath, entry.name), 'utf8')
      const methods = source.matchAll(/^export .*?\b(GET|POST|PUT|DELETE|PATCH)\b/gm)
      return [...methods].map((match) => `${match[1]} ${address}`)
    })
}

test('every method of every route is documented, and everything documented has a route', () => {
  const routes = [...routesBelow('api'), ...routesBelow('v1')].filter((route) => route !== 'GET /api/openapi.json')
  expect(routes.length).toBeGreaterThan(10)
  expect([...DOCUMENTED].sort()).toEqual(routes.sort())
})

test('parameters carry their limits', () => {
  const document = JSON.parse(JSON.stringify(openApi('1.2.3')))
  expect(document.info.version).toBe('1.2.3')
  const fleet = document.paths['/api/fleet'].get.parameters
  expect(fleet).toContainEqual(expect.objectContaining({ name: 'minutes', in: 'query', required: false }))
  expect(fleet[0].schema).toMatchObject({ default: 60, maximum: 1440, minimum: 1 })
  expect(document.paths['/api/traces/{id}'].get.parameters[0]).toMatchObject({ name: 'id', in: 'path', required: true })
})
