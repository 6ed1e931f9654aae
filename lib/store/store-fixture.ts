import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_MAPPING } from '../model/span-batch.ts'
import type { StoreConfig } from './config.ts'
import { openStore } from './embedded.ts'
import type { EmbeddedStore } from './types.ts'

/** A configuration over a folder of its own, which `dispose` deletes. */
export function temporaryConfig(changes: Partial<StoreConfig> = {}): { readonly config: StoreConfig; dispose(): void } {
  const dataDir = mkdtempSync(join(tmpdir(), 'guildscope-store-'))
  const config: StoreConfig = {
    dataDir,
    mapping: DEFAULT_MAPPING,
    retentionMinutes: 60,
    largeRetentionDays: 30,
    largestGuilds: 0,
    diskCapBytes: 20e9,
    holdHours: 24,
    holdBeforeMinutes: 30,
    holdAfterSaturatedMinutes: 3,
    memoryLimitBytes: 192 * 2 ** 20,
    ...changes,
  }
  return { config, dispose: () => rmSync(dataDir, { recursive: true, force: true }) }
}

/** Opens a store, or throws with the sentence why not. */
export async function mustOpen(config: StoreConfig): Promise<EmbeddedStore> {
  const store = await openStore(config)
  if (!store.ok) throw new Error(store.failure.what)
  return store.value
}
