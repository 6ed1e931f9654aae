import { isLoopback } from '../config/access-fields.ts'
import { type Instance, instance } from './instance.ts'

/** Starts the instance; a fault in configuration or data folder is a sentence and exit code 1, before anything listens. */
export async function boot(): Promise<void> {
  const started = await instance()
  if (started.ok) {
    announce(started.value)
    return
  }
  console.error(`Guildscope cannot start: ${started.failure.what}\n${started.failure.tryThis}`)
  process.exit(1)
}

function announce({ access, config, madeToken }: Instance): void {
  if (madeToken !== undefined) {
    console.log(
      `\nThe owner token of this instance, shown this once:\n\n  ${madeToken}\n\n` +
        'Sign in with it in the browser; scripts send it as “Authorization: Bearer …”. A start with --new-token makes a new one.\n',
    )
  }
  if (access.mode === 'off' && !isLoopback(config.host)) {
    console.warn(
      `Guildscope asks nobody who they are, and listens on ${config.host}: whoever reaches it may read and write everything (GUILDSCOPE_AUTH=off).`,
    )
  }
}
