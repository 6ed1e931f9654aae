import { parentPort, workerData } from 'node:worker_threads'
import { createBackendClient } from '../http/create-client.ts'
import { openSource } from '../open-source.ts'
import type { HostedSettings } from './protocol.ts'
import { type ServedSource, serveSources } from './serve.ts'

/** The sources' thread: owns every configured source, so that a large answer is parsed away from the thread that serves pages. */
const { sources }: HostedSettings = workerData
const served = new Map<string, ServedSource>()
for (const [name, settings] of Object.entries(sources)) {
  const client = createBackendClient(name, settings)
  served.set(name, { client, ...openSource(name, settings, client) })
}
if (parentPort !== null) serveSources(served, parentPort)
