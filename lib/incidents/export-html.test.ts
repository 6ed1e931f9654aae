// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { type CapsuleContent, CONTENT_ID, PIECE_TYPE, pieceElementId } from '../evidence/capsule.ts'
import type { Manifest } from '../evidence/manifest.ts'
import type { Incident } from '../model/incident.ts'
import { type HtmlContent, htmlExport } from './export-html.ts'
import { exportName } from './export-name.ts'

const HOSTILE = `</script><!--<script>window.hit=1</script>"'><img src=x onerror=window.hit=2></noscript></title>\u2028\u202e</style>`
const by = { name: `Ann ${HOSTILE}`, known: true }
const side = { guildId: `42${HOSTILE}`, fromMs: 0, toMs: 3_600_000 }
const incident: Incident = {
  id: 'abc',
  title: HOSTILE,
  severity: 'major',
  status: 'open',
  sides: [side],
  view: { path: '/guilds/42', search: '' },
  createdMs: 0,
  createdBy: by,
  changedMs: 0,
  notes: [
    {
      noteId: 'n',
      pin: { kind: 'cell', guildId: '42', minuteMs: 60_000, action: HOSTILE },
      text: `first line\n${HOSTILE}`,
      revision: 1,
      by,
      createdMs: 0,
      conflicts: [],
      removed: false,
    },
  ],
  markers: [{ markerId: 'm', label: HOSTILE, atMs: 60_000, by }],
  manifest: 'f'.repeat(64),
  length: 1,
}
const piece = (sha256: string, storedBytes: number) => ({ sha256, storedBytes, bytes: 0, format: 'minutes@1' as const })
const big = Uint8Array.from({ length: 500_001 }, (_, i) => (i * 31) & 255)
const manifest: Manifest = {
  kind: 'guildscope.evidence',
  v: 1,
  frozenAtMs: 0,
  madeBy: '1',
  minutes: [
    { side, role: 'range', piece: piece('a'.repeat(64), big.length) },
    { side, role: 'day-before', piece: piece('a'.repeat(64), big.length) },
    { side, role: 'week-before', piece: piece('b'.repeat(64), 3) },
  ],
  flames: [],
  lists: [],
  traces: [],
  sources: [],
  missing: [{ what: HOSTILE, reason: HOSTILE }],
}
const content: HtmlContent = {
  incident,
  entries: [
    {
      v: 1,
      id: 'e',
      seq: 0,
      atMs: 0,
      by,
      change: {
        kind: 'created',
        title: HOSTILE,
        severity: 'major',
        sides: [side],
        view: incident.view,
        manifest: incident.manifest,
      },
    },
  ],
  manifest,
  exportedAtMs: 0,
  exportedBy: by,
  madeBy: `0 ${HOSTILE}`,
  pieceBytes: async ({ sha256 }) => (sha256.startsWith('a') ? big : undefined),
}
const bundle = { script: 'window.ran = (window.ran ?? 0) + 1', style: 'p{color:red}' }

async function written(): Promise<{ readonly text: string; readonly largest: number }> {
  const slices: Uint8Array[] = []
  for await (const slice of htmlExport(content, bundle)) slices.push(slice)
  return { text: Buffer.concat(slices).toString(), largest: Math.max(...slices.map((slice) => slice.length)) }
}

const parsed = (text: string): Document => new DOMParser().parseFromString(text, 'text/html')

describe('htmlExport', () => {
  it('holds no element that people wrote', async () => {
    const page = parsed((await written()).text)
    expect(Array.from(page.scripts, (script) => script.id)).toEqual(['', CONTENT_ID, pieceElementId('a'.repeat(64))])
    expect(page.scripts[0].textContent).toBe(bundle.script)
    expect(page.querySelectorAll('img, style').length).toBe(1)
    expect(page.title).toContain('</script>')
  })

  it('gives back log, manifest and pieces as they were', async () => {
    const page = parsed((await written()).text)
    const read: CapsuleContent = JSON.parse(page.getElementById(CONTENT_ID)?.textContent ?? '')
    expect(read.entries).toEqual(content.entries)
    expect(read.manifest).toEqual(manifest)
    const pieces = page.querySelectorAll(`script[type="${PIECE_TYPE}"]`)
    expect(Array.from(pieces, (element) => element.id)).toEqual([pieceElementId('a'.repeat(64))])
    expect(Buffer.from(pieces[0].textContent ?? '', 'base64').equals(big)).toBe(true)
  })

  it('is written in slices', async () => {
    expect((await written()).largest).toBeLessThan(300_000)
  })

  it('tells readers without scripts what it is, in words that change no order', async () => {
    const page = parsed((await written()).text)
    const words = page.querySelector('noscript')?.textContent ?? ''
    expect(words).toContain('first line\n</script>')
    expect(words).toContain('⟨U+202E⟩')
    expect(words).not.toContain('\u202e')
  })

  it('asks nobody for anything: its policy allows its own script and style by their hashes only', async () => {
    const page = parsed((await written()).text)
    const policy = page.querySelector('meta[http-equiv]')?.getAttribute('content') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("connect-src 'none'")
    expect(policy).not.toContain('unsafe')
    expect(policy).not.toContain('http')
  })
})

describe('exportName', () => {
  it('keeps letters and digits', () => {
    expect(exportName('Guild 8138: wait up to 15 m!', 'html')).toBe('incident-guild-8138-wait-up-to-15-m.html')
    expect(exportName('Überlast', 'html')).toBe('incident-uberlast.html')
  })
  it('survives titles that are paths, empty, endless or in another script', () => {
    expect(exportName('../../etc/passwd\0', 'html')).toBe('incident-etc-passwd.html')
    expect(exportName('', 'guildscope')).toBe('incident.guildscope')
    expect(exportName('事故', 'html')).toBe('incident.html')
    expect(exportName('a'.repeat(10_000), 'html').length).toBeLessThan(80)
  })
})
