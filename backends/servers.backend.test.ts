/** Every real server starts, says which version it is, and goes away again: what all other tests here stand on. */
import { expect, test } from 'vitest'
import { VERSIONS } from './installs.ts'
import { startJaeger } from './jaeger.ts'
import { startPrometheus } from './prometheus.ts'
import { startVictoriaMetrics } from './victoria-metrics.ts'
import { startZipkin } from './zipkin.ts'

const STARTERS = {
  Zipkin: startZipkin,
  Jaeger: startJaeger,
  Prometheus: startPrometheus,
  VictoriaMetrics: startVictoriaMetrics,
}
const SAYS: Readonly<Record<keyof typeof STARTERS, readonly [path: string, holds: RegExp]>> = {
  Zipkin: ['/info', new RegExp(`"version"\\s*:\\s*"${VERSIONS.zipkin}"`)],
  Jaeger: ['/api/services', /"data":/],
  Prometheus: ['/api/v1/status/buildinfo', /"version":"2\./],
  VictoriaMetrics: ['/metrics', /vm_app_version\{version="/],
}

for (const name of ['Zipkin', 'Jaeger', 'Prometheus', 'VictoriaMetrics'] as const) {
  test(`${name} starts and ends`, async () => {
    const backend = await STARTERS[name]()
    const [path, holds] = SAYS[name]
    try {
      expect(await (await fetch(backend.url + path)).text()).toMatch(holds)
    } finally {
      await backend.stop()
    }
    await expect(fetch(backend.url + path)).rejects.toThrow()
  })
}
