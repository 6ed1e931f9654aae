'use client'
import { PanelState } from './panel.tsx'
import type { LinkRemarks } from './use-view-state.ts'

/** What of the address could not be understood, in sentences; nothing where all was. */
export function LinkNotes({ remarks }: { readonly remarks: LinkRemarks }) {
  return <PanelState kind="partial" notes={linkNotes(remarks)} />
}

export function linkNotes({ rejected, newer, unknown, cut }: LinkRemarks): readonly string[] {
  const notes: string[] = []
  if (cut) {
    notes.push(
      'This address was taken from the bar while the view was too long for it, so only the page is shown. Ask for the link that Share makes.',
    )
  }
  if (newer) {
    const settings = `${unknown.length} ${unknown.length === 1 ? 'setting was' : 'settings were'} not understood`
    notes.push(
      unknown.length === 0
        ? 'This link was written by a newer version of Guildscope; every setting in it was understood.'
        : `This link was written by a newer version of Guildscope; ${settings} (${listed(unknown)}).`,
    )
  }
  if (rejected.length > 0) {
    notes.push(`The address holds values that cannot be read (${listed(rejected)}); they are left at their defaults.`)
  }
  return notes
}

/** Names come from the address, and there may be any number of any length of them. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => (name.length > 24 ? `${name.slice(0, 24)}…` : name))
  return names.length > shown.length ? `${shown.join(', ')} and ${names.length - shown.length} more` : shown.join(', ')
}
