/** Prints each budget beside its figure. Not a test: the exit code only tells whether every part ran. */
import { cpus, totalmem } from 'node:os'
import { benchBrowser } from './browser.ts'
import { benchCapsule } from './capsule.ts'
import { benchClickhouse } from './clickhouse.ts'
import { benchCompare } from './compare.ts'
import { benchEvidence } from './evidence.ts'
import type { Figure } from './figure.ts'
import { benchIncidents } from './incidents.ts'
import { benchIngest } from './ingest.ts'
import { benchJaeger } from './jaeger.ts'
import { benchModel } from './model.ts'
import { benchStore } from './store.ts'

const PARTS: Readonly<Record<string, () => Promise<Figure[]>>> = {
  model: benchModel,
  store: benchStore,
  ingest: benchIngest,
  evidence: benchEvidence,
  incidents: benchIncidents,
  compare: benchCompare,
  capsule: benchCapsule,
  jaeger: benchJaeger,
  clickhouse: benchClickhouse,
  browser: benchBrowser,
}

const wanted = process.argv.slice(2)
const names = wanted.length > 0 ? wanted : Object.keys(PARTS)
console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}`,
)
for (const name of names) {
  const part = PARTS[name]
  if (part === undefined) throw new Error(`No such part: ${name}. Parts: ${Object.keys(PARTS).join(', ')}.`)
  console.log(`\n${name}`)
  const figures = await part()
  const width = Math.max(...figures.map((figure) => figure.what.length))
  for (const { what, budget, figure, ok } of figures) {
    console.log(`${ok ? '  ' : '✗ '}${what.padEnd(width)}  ${budget.padStart(18)}  ${figure}`)
  }
}
process.exit(0)
