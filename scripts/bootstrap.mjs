/**
 * Gets a checkout ready with nothing but Node: installs when the lock file changed, builds when the sources changed.
 * Plain Node without dependencies, because it runs before there are any.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

export const ROOT = path.resolve(import.meta.dirname, '..')
const SOURCES = [
  'app',
  'components',
  'lib',
  'public',
  'proxy.ts',
  'instrumentation.ts',
  'next.config.js',
  'postcss.config.mjs',
  'tsconfig.json',
  'package-lock.json',
]
const INSTALL_STAMP = path.join(ROOT, 'node_modules', '.guildscope-stamp')
const BUILD_STAMP = path.join(ROOT, '.next', 'guildscope-stamp')

/** Runs a child to its end and gives its exit code. Signals to us are passed on, so nothing is left behind. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options })
    const stop = () => child.kill('SIGTERM')
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      process.off('SIGTERM', stop)
      process.off('SIGINT', stop)
      if (signal !== null) process.exit(signal === 'SIGINT' ? 130 : 143)
      resolve(code ?? 1)
    })
  })
}

/** Runs a child to its end with what it prints kept: its exit code (1 where a signal ended it) and all of its output. */
export async function runKept(command, args, options = {}) {
  const pieces = []
  const code = await new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    const stop = () => child.kill('SIGTERM')
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => pieces.push(data))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      process.off('SIGTERM', stop)
      process.off('SIGINT', stop)
      if (signal !== null) pieces.push(Buffer.from(`ended by ${signal}\n`))
      resolve(code ?? 1)
    })
  })
  return { code, output: Buffer.concat(pieces).toString() }
}

function* filesUnder(entry) {
  const stack = [entry]
  while (stack.length > 0) {
    const at = stack.pop()
    const full = path.join(ROOT, at)
    if (!existsSync(full)) continue
    const children = readdirSync(full, { withFileTypes: true })
    for (const child of children.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const name = path.join(at, child.name)
      if (child.isDirectory()) stack.push(name)
      else if (!/\.test\.tsx?$/.test(child.name)) yield name
    }
  }
}

/** Every source file under `entries` (folders or files), tests left out. */
export function sourceFiles(entries) {
  return entries.flatMap((entry) => (path.extname(entry) === '' ? [...filesUnder(entry)] : [entry]))
}

/** Of names, contents, and what native modules depend on. */
export function hashOf(names) {
  const hash = createHash('sha256').update(`node ${process.versions.modules} ${process.platform} ${process.arch}\n`)
  for (const name of names) {
    const full = path.join(ROOT, name)
    if (existsSync(full)) hash.update(`${name}\n`).update(readFileSync(full)).update('\n')
  }
  return hash.digest('hex')
}

function stampIs(file, value) {
  return existsSync(file) && readFileSync(file, 'utf8') === value
}

function needNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  console.error(`Guildscope needs Node 20.19 or newer; this is ${process.versions.node}.`)
  process.exit(1)
}

/** `npm ci` when the lock file, `.npmrc` or the platform differ from what was installed. */
export async function ensureInstalled() {
  needNode()
  const stamp = hashOf(['package-lock.json', '.npmrc'])
  if (stampIs(INSTALL_STAMP, stamp)) return
  console.log('Installing packages (once; about half a minute) …')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const code = await run(npm, ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (code !== 0) {
    console.error('npm ci failed: see above. With the network back, run the same command again.')
    process.exit(1)
  }
  writeFileSync(INSTALL_STAMP, stamp)
}

/** The bundle of exported files and `next build`, each when a source differs from what was built. */
export async function ensureBuilt() {
  // It needs installed packages, so it is loaded only now.
  const { ensureCapsule } = await import('./capsule.mjs')
  await ensureCapsule()
  const stamp = hashOf(sourceFiles(SOURCES))
  if (stampIs(BUILD_STAMP, stamp)) return
  console.log('Building (once for each change; about half a minute) …')
  const verbose = process.env.GUILDSCOPE_BUILD_OUTPUT === '1'
  const code = await run(process.execPath, [path.join('node_modules', 'next', 'dist', 'bin', 'next'), 'build'], {
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' },
    stdio: ['ignore', verbose ? 'inherit' : 'ignore', 'inherit'],
  })
  if (code !== 0) {
    console.error('The build failed. With GUILDSCOPE_BUILD_OUTPUT=1 the same command shows all of its output.')
    process.exit(1)
  }
  mkdirSync(path.dirname(BUILD_STAMP), { recursive: true })
  writeFileSync(BUILD_STAMP, stamp)
}
