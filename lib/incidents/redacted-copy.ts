/** A copy of an incident's evidence and log without what was chosen, kept beside the original for as long as something names it. */
import { randomBytes, webcrypto } from 'node:crypto'
import { ok, type Result } from '../base/result.ts'
import type { Redaction } from '../evidence/manifest.ts'
import { redact } from '../evidence/redact.ts'
import type { Change, Entry } from '../model/incident.ts'
import type { Batch, EvidenceStore } from './blobs.ts'
import { whole, writeManifest } from './freeze.ts'
import { logLine } from './log-file.ts'
import type { IncidentState } from './logs.ts'
import { readManifest } from './read-manifest.ts'

export interface RedactedCopy {
  /** SHA-256 of the copy's manifest. */
  readonly manifest: string
  /** NDJSON, as an incident's log is written; it names the copy's manifest and no other. */
  readonly log: string
}

/** `use` makes something name the copy; until it has, and where it fails, nothing of the copy stays. */
export function withRedactedCopy<T>(
  evidence: EvidenceStore,
  state: IncidentState,
  choices: readonly Redaction[],
  use: (copy: RedactedCopy) => Promise<Result<T>>,
): Promise<Result<T>> {
  return whole(evidence, 'The redacted copy was not made', async (batch) => {
    const copy = await redactInto(batch, evidence, state, choices)
    if (!copy.ok) return copy
    const { manifest, entries } = copy.value
    return use({ manifest, log: entries.map(logLine).join('') })
  })
}

export interface RedactedParts {
  /** SHA-256 of the copy's manifest. */
  readonly manifest: string
  /** They name the copy's manifest and no other. */
  readonly entries: readonly Entry[]
}

/** Writes the copy's blobs into `batch`, which decides how long they stay. Throws what the disk says. */
export async function redactInto(
  batch: Batch,
  evidence: EvidenceStore,
  state: IncidentState,
  choices: readonly Redaction[],
): Promise<Result<RedactedParts>> {
  const manifest = await readManifest(evidence, state.incident.manifest)
  if (!manifest.ok) return manifest
  const redacted = await redact({
    manifest: manifest.value,
    entries: state.entries,
    pieces: (piece) => evidence.piece(piece),
    choices,
    salt: randomBytes(32),
    sha256: async (bytes) => new Uint8Array(await webcrypto.subtle.digest('SHA-256', bytes)),
    put: async (format, bytes) => ok(await batch.put(bytes, format)),
  })
  if (!redacted.ok) return redacted
  const sha = await writeManifest(batch, redacted.value.manifest)
  return ok({ manifest: sha, entries: redacted.value.entries.map((entry) => named(entry, sha)) })
}

function named(entry: Entry, manifest: string): Entry {
  const { change } = entry
  return 'manifest' in change ? { ...entry, change: { ...change, manifest } satisfies Change } : entry
}
