/**
 * Where the tests’ own instance listens and keeps its data. The receivers stand on OpenTelemetry’s default ports, because that is
 * where an SDK without configuration sends; a demo on the same machine must be stopped first.
 */
import path from 'node:path'

export const WEB_PORT = 3210
export const HTTP_PORT = 4318
export const GRPC_PORT = 4317
export const ORIGIN = `http://127.0.0.1:${WEB_PORT}`
export const DATA_DIR = path.resolve(import.meta.dirname, '../.cache/e2e-data')
export const TRUTH_FILE = path.resolve(import.meta.dirname, '../.cache/e2e-truth.json')
