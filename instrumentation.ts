/** Runs once before the server answers: a fault in configuration or data folder is a sentence and exit code 1. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  const { instance } = await import('./lib/server/instance.ts')
  const started = await instance()
  if (started.ok) return
  console.error(`Guildscope cannot start: ${started.failure.what}\n${started.failure.tryThis}`)
  process.exit(1)
}
