'use client'
import { useQueries, useQuery } from '@tanstack/react-query'
import { failureOf } from '@/components/ui/failure.ts'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { useViewData } from '@/components/ui/view-data.tsx'
import { formatDate, formatMinute, zoneName } from '@/lib/base/format.ts'
import { fetchSources } from '@/lib/client/api.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import { fleetRotationWords, rotationWords } from './rotation.ts'
import type { ShareableView } from './view.ts'

/** Sentences: what a link alone cannot keep of this view. */
export function useKeepWords(view: ShareableView): readonly string[] {
  const source = useViewData()
  const { zone } = usePreferences()
  const { frozen } = source
  const sides = frozen === undefined ? view.shown : []
  const retentions = useQueries({
    queries: sides.map(({ guildId }) => ({
      queryKey: [source.key, 'guild retention', guildId],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) => source.retention(guildId, signal),
    })),
  })
  const fleet = frozen === undefined ? view.fleet : undefined
  const sources = useQuery({
    queryKey: ['sources'],
    queryFn: ({ signal }) => fetchSources(signal),
    enabled: fleet !== undefined,
  })
  if (frozen !== undefined) {
    const at = `${formatDate(frozen.frozenAtMs, zone)} ${formatMinute(frozen.frozenAtMs, zone)} ${zoneName(zone)}`
    return [`The link leads into the incident: this evidence was frozen at ${at} and does not rotate.`]
  }
  if (fleet !== undefined && sources.data !== undefined) {
    return [fleetRotationWords(sources.data.retention.minutes, fleet, sources.data.nowMs)]
  }
  return sides.flatMap((side, k) => {
    const { data, error } = retentions[k]
    const who = sides.length > 1 ? `${visibleText(side.guildName ?? side.guildId)}: ` : ''
    if (error !== null) return [`${who}How long this is kept cannot be told: ${failureOf(error).what}`]
    return data === undefined ? [] : [who + rotationWords(data, side, Date.now(), zone)]
  })
}
