/**
 * Which folder may import which: the allow-list of docs/architecture.md, checked on every import of the code.
 * An exception stands here with its reason, as debt.
 */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const ROOT = path.resolve(import.meta.dirname, '..')
const PURE = ['lib/base', 'lib/model', 'lib/analysis', 'lib/evidence']
const BROWSER = [...PURE, 'lib/draw', 'lib/view', 'lib/client', 'components']

/** Layer → what it may import besides itself. */
const ALLOWED = {
  'lib/base': [],
  'lib/model': ['lib/base'],
  'lib/analysis': ['lib/base', 'lib/model'],
  'lib/evidence': ['lib/base', 'lib/model', 'lib/analysis'],
  'lib/draw': PURE,
  'lib/view': [...PURE, 'lib/draw'],
  'lib/client': [...PURE, 'lib/draw', 'lib/view'],
  components: BROWSER,
  'lib/config': ['lib/base', 'lib/model'],
  'lib/sources': [...PURE, 'lib/config'],
  'lib/store': [...PURE, 'lib/sources'],
  'lib/clickstore': [...PURE, 'lib/config', 'lib/sources', 'lib/store'],
  'lib/ingest': [...PURE, 'lib/store'],
  'lib/simulator': ['lib/base', 'lib/model'],
  'lib/incidents': [...PURE, 'lib/draw', 'lib/sources', 'lib/config', 'lib/store', 'lib/clickstore'],
  'lib/server': [
    ...PURE,
    'lib/config',
    'lib/sources',
    'lib/store',
    'lib/clickstore',
    'lib/ingest',
    'lib/incidents',
    'package.json',
  ],
  'lib/api': [...PURE, 'lib/server', 'lib/config', 'lib/sources', 'lib/incidents'],
  app: [
    ...BROWSER,
    'lib/api',
    'lib/incidents',
    'lib/server',
    'lib/sources',
    'lib/config',
    'lib/ingest',
    'package.json',
  ],
}

/** `from → to`: the reason. Type-only imports are still imports: a type ties two layers, too. */
const EXCEPTIONS = {
  'lib/client/api.ts → lib/sources/trace-source.ts': 'the type of a source’s health, as the API answers it',
  'components/sources → lib/sources/trace-source.ts': 'the type of a source’s health, as the API answers it',
}

/** Pages move through one module, which an exported file replaces by its own. */
const NAVIGATION = 'components/ui/navigation.tsx'
const ROUTER = /^next\/(link|navigation|router)$/

/** Packages and globals that a pure layer must not touch. */
const IMPURE_PACKAGE = /^(node:|react|next|d3$|@duckdb|@grpc|@tanstack|@base-ui|undici)/

function* sourceFiles(folder) {
  for (const entry of readdirSync(path.join(ROOT, folder), { withFileTypes: true })) {
    const name = path.join(folder, entry.name)
    if (entry.isDirectory()) yield* sourceFiles(name)
    else if (/\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name)) yield name
  }
}

function layerOf(file) {
  const parts = file.split(path.sep)
  return parts[0] === 'lib' ? parts.slice(0, 2).join('/') : parts[0]
}

function resolve(from, specifier) {
  if (specifier.startsWith('@/')) return specifier.slice(2)
  if (specifier.startsWith('.')) return path.join(path.dirname(from), specifier)
  return undefined
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^'"\n;]*?(?:\{[^}]*\}[^'"\n;]*?)?['"]([^'"\n]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|new URL\(\s*['"](\.[^'"]+)['"]\s*,\s*import\.meta\.url/g
const faults = []
let files = 0
let imports = 0
for (const folder of ['lib', 'components', 'app']) {
  for (const file of sourceFiles(folder)) {
    files++
    const layer = layerOf(file)
    const allowed = ALLOWED[layer]
    if (allowed === undefined) {
      faults.push(`${file}: the folder ${layer} has no entry in scripts/check-layers.mjs`)
      continue
    }
    const testing = /(^|\/)(contract|testing)\//.test(file)
    for (const match of readFileSync(path.join(ROOT, file), 'utf8').matchAll(IMPORT)) {
      const specifier = match[1] ?? match[2] ?? match[3]
      imports++
      const target = resolve(file, specifier)
      if (target === undefined) {
        if (PURE.includes(layer) && IMPURE_PACKAGE.test(specifier) && !testing)
          faults.push(`${file} imports ${specifier}, but ${layer} is pure`)
        if (layer === 'components' && ROUTER.test(specifier) && file !== NAVIGATION)
          faults.push(`${file} imports ${specifier}: Link, useNavigate and useSearch come from ${NAVIGATION}`)
        continue
      }
      const to = layerOf(target)
      if (to === layer || allowed.includes(to)) continue
      const excepted = Object.keys(EXCEPTIONS).some((key) => {
        const [source, goal] = key.split(' → ')
        return file.startsWith(source) && target.replace(/\.ts$/, '') === goal.replace(/\.ts$/, '')
      })
      if (!excepted) faults.push(`${file} imports ${specifier}: ${layer} may not import ${to}`)
    }
  }
}
if (files === 0 || imports === 0) faults.push('no imports were read: the check itself is broken')
for (const fault of faults) console.error(fault)
console.log(`Layers: ${imports} imports in ${files} files, ${faults.length} faults.`)
process.exitCode = faults.length === 0 ? 0 : 1
