/** What Share and Freeze begin with on a comparison. */

import { rangeWords } from '@/components/guild/words.ts'
import type { ShareableView } from '@/components/share/view.ts'
import { type Zone, zoneName } from '@/lib/base/format.ts'
import type { Side } from '@/lib/model/incident.ts'
import { type CompareView, freezeProposalOf } from './compare-view.ts'
import type { LoadedSide } from './use-sides.ts'

export function compareShareable(view: CompareView, loaded: readonly LoadedSide[], zone: Zone): ShareableView {
  const proposal = freezeProposalOf(view)
  const nameOf = (guildId: string) => {
    const known = loaded.find((one) => one.side.guildId === guildId)
    return known?.kind === 'ready' ? known.facts.data.guildName : undefined
  }
  const sides: readonly Side[] = proposal.sides.map((side) => ({ ...side, guildName: nameOf(side.guildId) }))
  const words = loaded
    .filter((one) => one.kind !== 'problem')
    .map((one) => `${one.name} ${rangeWords(one.range, zone)}`)
    .join(' against ')
  const ready = loaded.some((one) => one.kind === 'ready')
  const names = [...new Set(loaded.map((one) => one.name))]
  return {
    words: words === '' ? 'A comparison' : `${words} ${zoneName(zone)}`,
    shown: sides,
    propose: !ready
      ? undefined
      : () => ({
          title: `Compared: ${names.join(', ')}`,
          severity: 'minor',
          choices: [{ label: 'All sides', sides }],
          flames: proposal.flames,
          traceIds: proposal.traceIds,
        }),
  }
}
