/** `npm start -- --check-config`: tries each configured source once, ability by ability, before anything listens. */
import type { Failure, Result } from '../base/result.ts'
import { checkSchema } from '../clickstore/schema.ts'
import type { Config } from '../config/config.ts'
import { offersOf } from '../config/source-checks.ts'
import { storeSourceOf } from '../config/store-source.ts'
import { createBackendClient } from '../sources/http/create-client.ts'
import { openSource } from '../sources/open-source.ts'
import type { SourceHealth } from '../sources/trace-source.ts'
import { configured } from './configured.ts'

/** For each question to a source. */
const PATIENCE_MS = 15_000
const HOUR_MS = 3_600_000

/** Prints line by line; the exit code: 0 where everything works. */
export async function checkConfig(print: (line: string) => void): Promise<number> {
  const config = configured()
  if (!config.ok) {
    print(config.failure.what)
    print(config.failure.tryThis)
    return 1
  }
  const { sources, store, defaults } = config.value
  print(`Configuration: no fault. Store: ${store}.`)
  let failed = 0
  // One after the other: what is printed stays together, and nobody waits for long.
  for (const [name, settings] of Object.entries(sources)) {
    print(`\n${name} (${settings.kind}, ${new URL(settings.url).host})`)
    const say = (what: string, failure: Failure | undefined, words = '') => {
      if (failure !== undefined) failed++
      print(
        failure === undefined ? `  works   ${what}${words}` : `  FAILS   ${what}: ${failure.what} ${failure.tryThis}`,
      )
    }
    const client = createBackendClient(name, settings)
    try {
      const { traces, timings } = openSource(name, settings, client)
      const offers = offersOf(settings)
      const nowMs = Date.now()
      if (traces !== undefined && offers.traces) {
        tell(await traces.health(patience()), 'traces', say, print)
        const query = { fromMs: nowMs - HOUR_MS, toMs: nowMs, completeOnly: false, sort: 'newest', limit: 1 } as const
        const page = await traces.searchTraces(query, patience())
        say(
          'a search for traces of the last hour',
          failureOf(page),
          page.ok ? `, ${found(page.value.items.length)}` : '',
        )
      }
      if (timings !== undefined && offers.timings) {
        tell(await timings.health(patience()), 'timings', say, print)
        const fleet = await timings.fleet({ minutes: 60, limit: 1 }, patience())
        say('guilds of the last hour', failureOf(fleet), fleet.ok ? `, ${found(fleet.value.guilds.length)}` : '')
      }
    } finally {
      await client.close()
    }
  }
  failed += await checkStore(config.value, print)
  print(failed === 0 ? '\nEverything works.' : `\n${failed} of these did not work.`)
  const chosen = [defaults.traces, defaults.timings].filter((each) => each !== undefined)
  if (chosen.length > 0) print(`Asked first: ${chosen.join(', ')}.`)
  return failed === 0 ? 0 : 1
}

/** Whether the tables are there that copies write into; how many faults. */
async function checkStore(config: Config, print: (line: string) => void): Promise<number> {
  if (config.store !== 'clickhouse') return 0
  const found = storeSourceOf(config)
  if (typeof found === 'string') throw new Error('the configuration was checked')
  const { name, settings } = found
  const { database, tracesTable: traces, timingsTable: timings } = settings
  const client = createBackendClient(name, settings)
  try {
    const checked = await checkSchema(client, { database, traces, timings }, patience())
    const what = `\nStore: the tables of ${name}`
    print(
      checked.ok
        ? `${what} are those that are written`
        : `${what} FAIL: ${checked.failure.what} ${checked.failure.tryThis}`,
    )
    return checked.ok ? 0 : 1
  } finally {
    await client.close()
  }
}

function tell(
  health: SourceHealth,
  what: string,
  say: (what: string, failure: Failure | undefined, words?: string) => void,
  print: (line: string) => void,
): void {
  const failure = health.ok ? undefined : (health.failure ?? unexplained(health.name))
  say(`answers for ${what}`, failure, health.version === undefined ? '' : `, version ${health.version}`)
  for (const { what: ability, can, why } of health.abilities ?? [])
    print(`  ${can ? 'can    ' : 'cannot '} ${ability}${why === undefined ? '' : `: ${why}`}`)
}

function unexplained(source: string): Failure {
  return { kind: 'unavailable', source, what: `${source} says that it is not well.`, tryThis: 'Look at its own log.' }
}

function failureOf(result: Result<unknown>): Failure | undefined {
  return result.ok ? undefined : result.failure
}

function found(count: number): string {
  return count === 0 ? 'but there are none' : 'and there are some'
}

function patience(): AbortSignal {
  return AbortSignal.timeout(PATIENCE_MS)
}
