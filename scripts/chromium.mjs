/** Finds a Chromium for the browser tests, or installs Debian's. There is no third way: without one the tests fail. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']

function onPath() {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    for (const name of NAMES) {
      const file = path.join(folder, name)
      try {
        accessSync(file, constants.X_OK)
        return file
      } catch (error) {
        if (!(error instanceof Error)) throw error
      }
    }
  }
  return undefined
}

function install() {
  const root = process.getuid?.() === 0
  const prefix = root ? [] : ['sudo', '-n']
  for (const args of [
    ['apt-get', 'update', '-qq'],
    ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'chromium'],
  ]) {
    const [command, ...rest] = [...prefix, ...args]
    const done = spawnSync(command, rest, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
    if (done.status !== 0) return
  }
}

/** Path of an executable; ends the process with a sentence when there is none. */
export function findChromium() {
  const named = process.env.GUILDSCOPE_CHROMIUM
  if (named !== undefined) return named
  const found = onPath()
  if (found !== undefined) return found
  console.log('No Chromium on the PATH: installing the distribution’s package …')
  install()
  const installed = onPath()
  if (installed !== undefined) return installed
  console.error(
    'The browser tests need Chromium. Install it (on Debian: apt-get install chromium), or name it in GUILDSCOPE_CHROMIUM.',
  )
  process.exit(1)
}
