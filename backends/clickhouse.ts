import { rmSync } from 'node:fs'
import path from 'node:path'
import { clickhouseEngine } from './installs.ts'
import { type Backend, freePorts, ownFolder, startBackend } from './process.ts'

/** Reads, writes and restarts of one engine. */
export interface ClickHouse extends Backend {
  /** Ends the process and starts it again over the same data, at the same address. */
  restart(): Promise<void>
  /** One statement; the answer as text. An exception is an error. */
  query(sql: string, query?: Readonly<Record<string, string>>): Promise<string>
}

/**
 * The ClickHouse engine (chdb 3.4.0) behind the HTTP front of `clickhouse-front.mjs`. `folder` keeps its data after `stop`; without it the data
 * is gone then.
 */
export async function startClickHouse(options: { port?: number; folder?: string } = {}): Promise<ClickHouse> {
  clickhouseEngine()
  const port = options.port ?? (await freePorts(1))[0]
  const own = options.folder === undefined ? ownFolder('clickhouse') : undefined
  const data = options.folder ?? own ?? ''
  const start = () =>
    startBackend({
      name: 'ClickHouse (chdb)',
      command: process.execPath,
      args: [path.join(import.meta.dirname, 'clickhouse-front.mjs'), data, String(port)],
      url: `http://127.0.0.1:${port}`,
      health: '/?query=select%201',
    })
  // Its folder outlives a restart.
  let running = await start()
  return {
    url: running.url,
    output: () => running.output(),
    cpuMs: () => running.cpuMs(),
    stop: async () => {
      await running.stop()
      if (own !== undefined) rmSync(own, { recursive: true, force: true })
    },
    restart: async () => {
      await running.stop()
      running = await start()
    },
    query: async (sql, query = {}) => {
      const answer = await fetch(`${running.url}/?${new URLSearchParams(query)}`, { method: 'POST', body: sql })
      const text = await answer.text()
      if (!answer.ok) throw new Error(text)
      return text
    },
  }
}
