/** What a page tells `HeaderActions` about the view it shows. */
import type { FlameToKeep } from '@/lib/model/freeze.ts'
import type { Severity, Side } from '@/lib/model/incident.ts'

export interface ShareableView {
  /** What is seen, for a link's text: `Pixel Arena, 21:00–22:00 UTC, message_reaction_add`. */
  readonly words: string
  /** A live view's query string as it stands at this moment; undefined where nothing moves. */
  readonly absolute?: (search: string) => string
  /** Guilds and minutes on the screen: their timings and traces rotate. */
  readonly shown: readonly Side[]
  /** The fleet's minutes on the screen, where the view is not about single guilds. */
  readonly fleet?: { readonly fromMs: number; readonly toMs: number }
  /** What freezing this view would begin with; undefined while that is not known, or where there is nothing to freeze. */
  readonly propose?: () => FreezeProposal
}

/** Guilds and ranges to freeze, with a name where there is a choice: `from the onset to now`. */
export interface ProposedSides {
  readonly label: string
  readonly sides: readonly Side[]
}

export interface FreezeProposal {
  readonly title: string
  readonly severity: Severity
  /** At least one; the first is taken unless another is chosen. */
  readonly choices: readonly ProposedSides[]
  /** Flame graphs to keep as the view shows them; the whole range's are kept anyway. */
  readonly flames: readonly FlameToKeep[]
  /** The open trace, or those that were ticked. */
  readonly traceIds: readonly string[]
}
