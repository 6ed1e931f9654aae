/**
 * Bundles what an exported incident carries to open without a server: one script, one style sheet with its fonts, one worker
 * (inside the script). `.cache/capsule/` holds them with a stamp; `lib/incidents/export-html.ts` writes them into each file.
 *   node scripts/capsule.mjs      builds when a source changed, and says what it weighs
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { hashOf, ROOT, sourceFiles } from './bootstrap.mjs'

const OUT = path.join(ROOT, '.cache', 'capsule')
const STAMP = path.join(OUT, 'stamp')
const SOURCES = [
  'app/globals.css',
  'components',
  'lib',
  'scripts/capsule.mjs',
  'postcss.config.mjs',
  'package-lock.json',
]

/** Modules that know an instance's server, and what stands for them in a file. */
const INSTEAD = {
  'components/ui/navigation.tsx': 'components/capsule/navigation.tsx',
  'components/share/header-actions.tsx': 'components/capsule/header-actions.tsx',
  'components/shell/live-tools.tsx': 'components/capsule/live-tools.tsx',
}

const FONTS = [
  { family: 'Geist', variable: '--font-geist-sans', file: 'geist-sans/Geist-Variable.woff2' },
  { family: 'Geist Mono', variable: '--font-geist-mono', file: 'geist-mono/GeistMono-Variable.woff2' },
]

/** Builds when a source differs from what was built; resolves with whether it did. */
export async function ensureCapsule() {
  const stamp = hashOf(sourceFiles(SOURCES))
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === stamp) return false
  const { build } = await import('esbuild')
  const worker = await script(build, 'lib/client/capsule-worker.ts', {})
  const [app, style] = await Promise.all([
    script(build, 'components/capsule/main.tsx', { CAPSULE_WORKER: JSON.stringify(worker) }),
    styleSheet(build),
  ])
  // Inside an HTML page the first would end the element, the second begins the state in which the end is not seen.
  for (const [name, text] of Object.entries({ app, style }))
    if (/<\/(script|style)|<!--/i.test(text)) throw new Error(`the ${name} of the file holds "</script" or "<!--"`)
  mkdirSync(OUT, { recursive: true })
  for (const [name, text] of Object.entries({ 'app.js': app, 'app.css': style, stamp })) {
    writeFileSync(path.join(OUT, `${name}.new`), text)
    renameSync(path.join(OUT, `${name}.new`), path.join(OUT, name))
  }
  return true
}

/** One self-contained script, which may stand in an HTML page. */
async function script(build, entry, define) {
  const result = await build({
    entryPoints: [path.join(ROOT, entry)],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: ['chrome111', 'firefox115', 'safari16.4'],
    minify: true,
    // Escapes what would be read differently in another encoding; the file says UTF-8, and mail programs sometimes do not.
    charset: 'ascii',
    legalComments: 'none',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"', ...define },
    // The trace worker of an instance is never started in a file.
    logOverride: { 'empty-import-meta': 'silent' },
    logLevel: 'warning',
    plugins: [ours],
  })
  return result.outputFiles[0].text.replaceAll('<!--', '<\\x21--')
}

/** `@/…` is the repository; `INSTEAD` is applied whichever way a module is named. A package of the server here is a mistake. */
const ours = {
  name: 'guildscope',
  setup(build) {
    build.onResolve({ filter: /^(@\/|\.)/ }, ({ path: name, resolveDir }) => {
      if (resolveDir.includes('node_modules')) return undefined
      const full = name.startsWith('@/') ? path.join(ROOT, name.slice(2)) : path.resolve(resolveDir, name)
      const instead = INSTEAD[path.relative(ROOT, full).split(path.sep).join('/')]
      return { path: instead === undefined ? full : path.join(ROOT, instead) }
    })
    build.onResolve({ filter: /^(node:|next($|\/))/ }, ({ path: name, importer }) => ({
      errors: [{ text: `${path.relative(ROOT, importer)} imports ${name}, which an exported file cannot have` }],
    }))
  },
}

async function styleSheet(build) {
  const { default: postcss } = await import('postcss')
  const { default: tailwind } = await import('@tailwindcss/postcss')
  const from = path.join(ROOT, 'app', 'globals.css')
  const { css } = await postcss([tailwind()]).process(readFileSync(from, 'utf8'), { from })
  const fonts = FONTS.map(({ family, file }) => {
    const bytes = readFileSync(path.join(ROOT, 'node_modules', 'geist', 'dist', 'fonts', file)).toString('base64')
    return `@font-face{font-family:"${family}";font-weight:100 900;src:url(data:font/woff2;base64,${bytes}) format("woff2")}`
  })
  const names = FONTS.map(({ family, variable }) => `${variable}:"${family}"`).join(';')
  const result = await build({
    stdin: { contents: `${fonts.join('\n')}\n:root{${names}}\n${css}`, loader: 'css', resolveDir: ROOT },
    write: false,
    minify: true,
    charset: 'ascii',
    legalComments: 'none',
  })
  return result.outputFiles[0].text
}

if (process.argv[1] === import.meta.filename) {
  const started = performance.now()
  const built = await ensureCapsule()
  const weight = (name) => {
    const bytes = readFileSync(path.join(OUT, name))
    return `${name} ${Math.round(bytes.length / 1024)} KB (gzip ${Math.round(gzipSync(bytes).length / 1024)} KB)`
  }
  console.log(
    `${built ? `Built in ${Math.round(performance.now() - started)} ms` : 'Up to date'}: ${weight('app.js')}, ${weight('app.css')}.`,
  )
}
