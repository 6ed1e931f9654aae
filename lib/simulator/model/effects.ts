/**
 * What goes wrong, as a list of effects on guilds over time. Story time is in seconds since the preset's minute 0.
 *
 *   share   1 ┤      ┌────────┐
 *             │     ╱          ╲__
 *           0 ┼────╱              ‾‾‾───
 *                 from  +ramp   +hold   decays with τ
 */
export interface Curve {
  readonly fromS: number
  readonly rampS: number
  readonly holdS: number
  /** Time constant of the decay after the hold; 0: ends at once. */
  readonly decayS: number
}

export function curveAt(curve: Curve, storyS: number): number {
  const t = storyS - curve.fromS
  if (t < 0) return 0
  if (t < curve.rampS) return t / curve.rampS
  const after = t - curve.rampS - curve.holdS
  if (after <= 0) return 1
  return curve.decayS === 0 ? 0 : Math.exp(-after / curve.decayS)
}

export type Effect =
  /** Arrival rates of actions, times 1 + (factor − 1) · curve. */
  | {
      readonly kind: 'rates'
      readonly guild: string
      readonly factors: Readonly<Record<string, number>>
      readonly curve: Curve
    }
  /** Further arrivals of one action; per guild, or per thousand sessions in every guild (`guild: '*'`). All by one user where stated. */
  | {
      readonly kind: 'extra'
      readonly guild: string
      readonly action: string
      readonly perSecond: number
      readonly user?: string
      readonly curve: Curve
    }
  /** Service times, times 1 + (factor − 1) · curve; of some actions or all. */
  | {
      readonly kind: 'service'
      readonly guild: string
      readonly factor: number
      readonly actions?: readonly string[]
      readonly curve: Curve
    }
  /** Everything on the guild's node but the guild itself becomes slower. */
  | { readonly kind: 'neighbours'; readonly guild: string; readonly factor: number; readonly curve: Curve }
  /** The guild's process dies and does not come back. */
  | { readonly kind: 'death'; readonly guild: string; readonly atS: number }
  /** Callers whose call timed out try again, up to `times`. */
  | { readonly kind: 'retry'; readonly guild: string; readonly times: number; readonly curve: Curve }
  /** One relay of the guild needs `factor` times as long per recipient. */
  | {
      readonly kind: 'relay'
      readonly guild: string
      readonly relay: number
      readonly factor: number
      readonly curve: Curve
    }

/** All guilds, in `Effect.guild`. */
export const EVERY_GUILD = '*'
