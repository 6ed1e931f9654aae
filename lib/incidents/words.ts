/** How evidence is spoken of. Times in UTC: these sentences are stored and read elsewhere. */
import { formatDate, formatMinute } from '../base/format.ts'

/** `guild Pixel Arena (42)` */
export function guildWords(side: { readonly guildId: string; readonly guildName?: string }): string {
  return side.guildName === undefined ? `guild ${side.guildId}` : `guild ${side.guildName} (${side.guildId})`
}

/** `2026-11-22 10:05–10:31 UTC` */
export function spanOfTime(range: { readonly fromMs: number; readonly toMs: number }): string {
  const [from, to] = [formatDate(range.fromMs, 'UTC'), formatDate(range.toMs, 'UTC')]
  const end = formatMinute(range.toMs, 'UTC')
  return `${from} ${formatMinute(range.fromMs, 'UTC')}–${from === to ? end : `${to} ${end}`} UTC`
}
