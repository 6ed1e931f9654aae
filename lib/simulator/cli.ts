import { rename, writeFile } from 'node:fs/promises'
import { formatDuration } from '../base/format.ts'
import { OpenMetricsSink } from './open-metrics.ts'
import { type CliOptions, parseOptions, usage } from './options.ts'
import { ProgressBar } from './progress-bar.ts'
import { DeliveryError, HttpSender, pause } from './sender.ts'
import { Simulation } from './simulation.ts'

/** `npm run simulate`: see `docs/simulator.md`. */

const PATIENCE_MS = 60_000

async function main(options: CliOptions): Promise<void> {
  const bar = new ProgressBar(process.stderr)
  const stop = new AbortController()
  const sender = new HttpSender({
    tracesUrl: options.tracesUrl,
    timingsUrl: options.timingsUrl,
    gzip: options.gzip,
    connections: options.connections,
    patienceMs: PATIENCE_MS,
    say: (sentence) => bar.line(sentence),
  })
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => {
      stop.abort()
      sender.stop()
    })

  const startedMs = Date.now()
  const nowMs = options.nowMs ?? startedMs
  const metrics = options.openMetrics === undefined ? undefined : new OpenMetricsSink(sender)
  const simulation = new Simulation({ ...options, nowMs }, metrics ?? sender)
  const names = options.presets.map((preset) => preset.name).join(' + ')
  bar.line(
    `${names}: ${simulation.world.servers.length} guilds, ${options.historyMinutes} min of history to ${options.tracesUrl.href}`,
  )
  await simulation.history((progress) => bar.show(progress), stop.signal)
  const writeTruth = async () => {
    if (options.truth === undefined) return
    // Whoever waits for the file finds it whole.
    const part = `${options.truth}.part`
    await writeFile(part, `${JSON.stringify(simulation.truth(), undefined, 1)}\n`)
    await rename(part, options.truth)
  }
  await writeTruth()
  if (metrics !== undefined && options.openMetrics !== undefined) await writeFile(options.openMetrics, metrics.text())
  if (!stop.signal.aborted) bar.line(`The history was told in ${formatDuration((Date.now() - startedMs) * 1e6)}.`)
  if (options.live && !stop.signal.aborted) {
    bar.line('Going on live; Ctrl-C ends it.')
    await simulation.live(
      () => nowMs + (Date.now() - startedMs),
      (ms) => pause(ms, stop.signal),
      (progress) => bar.show(progress),
      stop.signal,
    )
    await writeTruth()
  }
  bar.line('')
}

const parsed = parseOptions(process.argv.slice(2))
if (!parsed.ok) {
  process.stderr.write(`${parsed.failure.what} ${parsed.failure.tryThis}\n`)
  process.exitCode = 2
} else if (parsed.value.help) process.stdout.write(`${usage()}\n`)
else
  main(parsed.value).catch((error: unknown) => {
    if (!(error instanceof DeliveryError)) throw error
    process.stderr.write(`\n${error.message}\n`)
    process.exitCode = 1
  })
