/** Fetches and builds every server, so that a missing prerequisite is said once, in words, before any test. */
import { clickhouseEngine, collectorBinary, debianProgram, jaegerBinary, java, zipkinJar } from './installs.ts'

try {
  java()
  zipkinJar()
  debianProgram('prometheus', 'prometheus')
  debianProgram('victoria-metrics', 'victoria-metrics')
  clickhouseEngine()
  collectorBinary()
  jaegerBinary()
} catch (error) {
  console.error(`A server for the tests cannot be had. ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}
