import { instance } from './instance.ts'

/** Starts the instance; a fault in configuration or data folder is a sentence and exit code 1, before anything listens. */
export async function boot(): Promise<void> {
  const started = await instance()
  if (started.ok) return
  console.error(`Guildscope cannot start: ${started.failure.what}\n${started.failure.tryThis}`)
  process.exit(1)
}
