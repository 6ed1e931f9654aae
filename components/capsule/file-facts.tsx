import { FileText } from 'lucide-react'
import { Fact } from '@/components/trace/fact.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Popover } from '@/components/ui/popover.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { Status } from '@/components/ui/status.tsx'
import { formatDate, formatExact, formatMinute, type Zone, zoneName } from '@/lib/base/format.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import type { Damage } from '@/lib/evidence/answers.ts'
import type { CapsuleContent } from '@/lib/evidence/capsule.ts'

/** In the bar: that this is a file, whose, what was removed from it, and whether all of it is whole. */
export function FileFacts({
  content,
  damaged,
}: {
  readonly content: CapsuleContent
  readonly damaged: readonly Damage[]
}) {
  const { zone } = usePreferences()
  const { manifest, exportedAtMs, exportedBy, madeBy } = content
  const redacted = manifest.redacted ?? []
  return (
    <Popover
      title="About this file"
      align="end"
      trigger={
        <Button tone="plain" className="shrink-0">
          <FileText size={14} aria-hidden />
          <span className="max-sm:sr-only">
            {redacted.length === 0 ? 'Exported file' : `Exported, ${countWords(redacted.length)} redacted`}
          </span>
          {damaged.length > 0 && <Status kind="bad">{`${formatExact(damaged.length)} damaged`}</Status>}
        </Button>
      }
    >
      <dl className="grid max-w-lg grid-cols-[6rem_1fr] gap-x-2 gap-y-1 p-3 text-table">
        <Fact label="Frozen">{timeWords(manifest.frozenAtMs, zone)}</Fact>
        <Fact label="Exported">
          {timeWords(exportedAtMs, zone)} by {visibleText(exportedBy.name)}
          {!exportedBy.known && <span className="text-text-2"> (nobody was asked who they are)</span>}
        </Fact>
        <Fact label="Redacted">
          {redacted.length === 0
            ? 'nothing'
            : redacted.map(({ key, how }) => `${visibleText(key)} (${how})`).join(', ')}
        </Fact>
        <Fact label="Missing">
          {manifest.missing.length === 0
            ? 'nothing'
            : manifest.missing.map(({ what, reason }) => `${visibleText(what)}: ${visibleText(reason)}`).join('; ')}
        </Fact>
        <Fact label="Checked">
          {damaged.length === 0
            ? 'every piece matches its checksum'
            : damaged.map(({ what, why }) => `${visibleText(what)}: ${why}`).join(' ')}
        </Fact>
        <Fact label="Made by">Guildscope {madeBy}</Fact>
      </dl>
    </Popover>
  )
}

function countWords(keys: number): string {
  return keys === 1 ? '1 key' : `${formatExact(keys)} keys`
}

function timeWords(ms: number, zone: Zone): string {
  return `${formatDate(ms, zone)} ${formatMinute(ms, zone)} ${zoneName(zone)}`
}
