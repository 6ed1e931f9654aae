/**
 * Real servers for the tests, as programs on disk. What is built or downloaded is kept outside of the checkout
 * (`GUILDSCOPE_BACKENDS_CACHE`, else `~/.cache/guildscope-backends`), so that only the first run waits for it. What cannot be had is an error
 * that names what is missing: nothing is skipped.
 */
import { spawnSync } from 'node:child_process'
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { z } from 'zod'

const ZIPKIN = '3.5.1'
const JAEGER = '1.76.0'
const COLLECTOR = '0.148.0'

const CACHE = path.resolve(
  process.env.GUILDSCOPE_BACKENDS_CACHE ?? path.join(os.homedir(), '.cache', 'guildscope-backends'),
)

export function onPath(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, name)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch (error) {
      if (!(error instanceof Error)) throw error
    }
  }
  return undefined
}

function must(
  command: string,
  args: readonly string[],
  cwd: string,
  what: string,
  env: Readonly<Record<string, string>> = {},
): string {
  const done = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', ...env },
  })
  if (done.error !== undefined) throw new Error(`${what}: ${done.error.message}`)
  if (done.status !== 0)
    throw new Error(`${what}: ${command} ended with ${done.status}.\n${(done.stderr + done.stdout).slice(-4_000)}`)
  return done.stdout
}

function need(name: string, why: string): string {
  const found = onPath(name)
  if (found === undefined) throw new Error(`${why} needs ${name}, which is not on the PATH.`)
  return found
}

/** A program of a Debian package, installed where it is missing. */
export function debianProgram(program: string, packageName: string): string {
  const there = onPath(program)
  if (there !== undefined) return there
  console.log(`No ${program} on the PATH: installing the distribution's package ${packageName} …`)
  const [command, ...prefix] = process.getuid?.() === 0 ? ['apt-get'] : ['sudo', '-n', 'apt-get']
  must(command, [...prefix, 'update', '-qq'], '/', packageName)
  must(command, [...prefix, 'install', '-y', '-qq', '--no-install-recommends', packageName], '/', packageName)
  return need(program, `The test of ${packageName}`)
}

/** Java 17 or newer, which Zipkin runs on. */
export function java(): string {
  const found = need('java', `Zipkin ${ZIPKIN}`)
  const told = spawnSync(found, ['-version'], { encoding: 'utf8' }).stderr
  const major = Number(/version "(\d+)/.exec(told)?.[1] ?? 0)
  if (major < 17) throw new Error(`Zipkin ${ZIPKIN} needs Java 17; this is ${told.split('\n')[0]}.`)
  return found
}

/** Zipkin's server, one jar, by way of Maven. */
export function zipkinJar(): string {
  const jar = path.join(CACHE, `zipkin-server-${ZIPKIN}-exec.jar`)
  if (existsSync(jar)) return jar
  need('mvn', `Zipkin ${ZIPKIN}`)
  mkdirSync(CACHE, { recursive: true })
  console.log(`Fetching Zipkin ${ZIPKIN} (once; 125 MB) …`)
  const artifact = `io.zipkin:zipkin-server:${ZIPKIN}:jar:exec`
  must('mvn', ['-q', '-B', 'dependency:get', `-Dartifact=${artifact}`, '-Dtransitive=false'], CACHE, 'Zipkin')
  const partial = path.join(CACHE, 'zipkin-partial')
  rmSync(partial, { recursive: true, force: true })
  must(
    'mvn',
    ['-q', '-B', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${partial}`],
    CACHE,
    'Zipkin',
  )
  renameSync(path.join(partial, path.basename(jar)), jar)
  rmSync(partial, { recursive: true, force: true })
  return jar
}

const downloaded = z.object({ Dir: z.string() })

/** Jaeger, built from its Go module: about five minutes on two cores, once. */
export function jaegerBinary(): string {
  const binary = path.join(CACHE, `jaeger-${JAEGER}`)
  if (existsSync(binary)) return binary
  need('go', `Building Jaeger ${JAEGER}`)
  const source = path.join(CACHE, `jaeger-${JAEGER}-source`)
  rmSync(source, { recursive: true, force: true })
  mkdirSync(CACHE, { recursive: true })
  console.log(`Building Jaeger ${JAEGER} (once; about five minutes) …`)
  const json = must('go', ['mod', 'download', '-json', `github.com/jaegertracing/jaeger@v${JAEGER}`], CACHE, 'Jaeger')
  cpSync(downloaded.parse(JSON.parse(json)).Dir, source, { recursive: true })
  must('chmod', ['-R', 'u+w', source], CACHE, 'Jaeger')
  must('go', ['build', '-o', `${binary}.partial`, './cmd/jaeger'], source, `Jaeger ${JAEGER} (Go as its go.mod asks)`)
  renameSync(`${binary}.partial`, binary)
  rmSync(source, { recursive: true, force: true })
  return binary
}

/** OpenTelemetry's collector with what the documented recipes need, built from its Go modules: one to two minutes on two cores, once. */
export function collectorBinary(): string {
  const binary = path.join(CACHE, `otelcol-${COLLECTOR}`)
  if (existsSync(binary)) return binary
  need('go', `Building the collector ${COLLECTOR}`)
  const source = path.join(CACHE, `otelcol-${COLLECTOR}-source`)
  rmSync(source, { recursive: true, force: true })
  mkdirSync(source, { recursive: true })
  console.log(`Building OpenTelemetry's collector ${COLLECTOR} (once; one to two minutes) …`)
  const what = `The collector ${COLLECTOR} (Go as its go.mod asks)`
  must('go', ['install', `go.opentelemetry.io/collector/cmd/builder@v${COLLECTOR}`], source, what, { GOBIN: source })
  writeFileSync(path.join(source, 'builder.yaml'), beside('collector-builder.yaml').replaceAll('VERSION', COLLECTOR))
  must(path.join(source, 'builder'), ['--config', 'builder.yaml'], source, what)
  renameSync(path.join(source, 'built', 'otelcol'), binary)
  rmSync(source, { recursive: true, force: true })
  return binary
}

/**
 * The ClickHouse engine as a package, in a folder of its own. Not `npm ci`: its builds for other platforms are optional, and a registry that lacks
 * them would fail it; versions and checksums are the lock file's all the same.
 */
export function clickhouseEngine(): void {
  if (existsSync(path.join(import.meta.dirname, 'node_modules', 'chdb', 'package.json'))) return
  console.log('Installing the ClickHouse engine (chdb; once, 543 MB) …')
  must('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], import.meta.dirname, 'chdb')
}

/** Versions as the tests' names give them. */
export const VERSIONS = { zipkin: ZIPKIN, jaeger: JAEGER }

/** Text of a file beside this one. */
export function beside(name: string): string {
  return readFileSync(path.join(import.meta.dirname, name), 'utf8')
}
