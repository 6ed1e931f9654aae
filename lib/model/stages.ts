/** The hops of a message, in the order in which it passes them. A stage id is the index into this list. */
export const STAGES = ['unknown', 'client', 'api', 'guild', 'relay', 'session', 'gateway'] as const
export type Stage = (typeof STAGES)[number]

export const STAGE_ID = { unknown: 0, client: 1, api: 2, guild: 3, relay: 4, session: 5, gateway: 6 } as const

export function stageIdOf(name: string): number {
  const names: readonly string[] = STAGES
  return Math.max(0, names.indexOf(name))
}
