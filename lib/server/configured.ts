import { existsSync, readFileSync } from 'node:fs'
import { fail, ok, type Result } from '../base/result.ts'
import { type Config, readConfig } from '../config/config.ts'

/** The configuration of this process; every fault a sentence. */
export function configured(): Result<Config> {
  const file = process.env.GUILDSCOPE_CONFIG ?? 'guildscope.config.json'
  const named = process.env.GUILDSCOPE_CONFIG !== undefined
  if (named && !existsSync(/* turbopackIgnore: true */ file)) {
    return fail(
      'bad-request',
      'configuration',
      `GUILDSCOPE_CONFIG names ${file}, which does not exist.`,
      'Correct the path.',
    )
  }
  const read = readConfig(
    existsSync(/* turbopackIgnore: true */ file) ? readFileSync(/* turbopackIgnore: true */ file, 'utf8') : undefined,
    file,
    process.env,
  )
  if (read.ok) return ok(read.config)
  return fail(
    'bad-request',
    'configuration',
    read.sentences.join('\n'),
    'Correct it and start again; the README has the table of settings.',
  )
}
