/**
 * Runs `npm run demo` as a stranger does, from a fresh clone of the committed state, until the sick guild is at the top of the
 * fleet; then presses Ctrl-C and makes sure that no process is left. Prints a closing line with counts.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ROOT } from './bootstrap.mjs'

const SICK = '81384788765712384'
const LIMIT_MS = 8 * 60_000

function freePort() {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** Processes whose session is `sid`: everything the demo started, whoever adopted it since. */
function processesOfSession(sid) {
  const found = []
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      const fields = readFileSync(`/proc/${entry}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ')
      if (Number(fields[3]) === sid && fields[0] !== 'Z') found.push(Number(entry))
    } catch (error) {
      if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error
    }
  }
  return found
}

const clone = mkdtempSync(path.join(tmpdir(), 'guildscope-demo-'))
const [port, httpPort, grpcPort] = [await freePort(), await freePort(), await freePort()]
const failures = []
let passed = 0
const check = (what, holds) => {
  if (holds) passed++
  else failures.push(what)
  console.log(`${holds ? 'ok' : 'FAILED'}: ${what}`)
}

try {
  const cloned = spawnSync('git', ['clone', '--quiet', '--no-hardlinks', ROOT, clone], { stdio: 'inherit' })
  if (cloned.status !== 0) throw new Error('git clone failed')
  const demo = () =>
    spawn('npm', ['run', 'demo'], {
      cwd: clone,
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        PORT: String(port),
        GUILDSCOPE_OTLP_HTTP_PORT: String(httpPort),
        GUILDSCOPE_OTLP_GRPC_PORT: String(grpcPort),
      },
    })

  const untilSick = async (child) => {
    const started = Date.now()
    while (Date.now() - started < LIMIT_MS && child.exitCode === null) {
      const answer = await fetch(`http://127.0.0.1:${port}/api/fleet`).then(
        (response) => (response.ok ? response.json() : undefined),
        () => undefined,
      )
      const top = answer?.guilds?.[0]
      if (top?.guildId === SICK && top.saturatedMinutes >= 3) return (Date.now() - started) / 1000
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    return undefined
  }

  const stop = async (child) => {
    const exited = new Promise((resolve) => child.once('exit', resolve))
    process.kill(-child.pid, 'SIGINT')
    await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, 30_000))])
    for (let i = 0; i < 50 && processesOfSession(child.pid).length > 0; i++) {
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    return processesOfSession(child.pid)
  }

  const first = demo()
  const cold = await untilSick(first)
  check(`the sick guild is at the top after ${cold?.toFixed(0) ?? '–'} s from a fresh clone`, cold !== undefined)
  check('Ctrl-C leaves no process', (await stop(first)).length === 0)

  const second = demo()
  const warm = await untilSick(second)
  check(`run again, it is there after ${warm?.toFixed(0) ?? '–'} s`, warm !== undefined)
  check('Ctrl-C leaves no process the second time', (await stop(second)).length === 0)
} finally {
  rmSync(clone, { recursive: true, force: true })
}
console.log(`demo: ${passed} passed, ${failures.length} failed`)
process.exitCode = failures.length === 0 ? 0 : 1
