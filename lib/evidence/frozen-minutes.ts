/** Frozen minutes of one guild, cut and padded to the range that somebody asks for. */
import { type GuildMinutes, MEASURES, type Measure, MINUTE_MS, MINUTE_STATE } from '../model/timings.ts'

/**
 * The answer for [fromMs, toMs), whole minutes, from pieces of one guild; of a minute in several, the first piece has it. Minutes that no
 * piece has are `MINUTE_STATE.none`, and a note says so. At least one piece.
 */
export function minutesFrom(pieces: readonly GuildMinutes[], fromMs: number, toMs: number): GuildMinutes {
  const first = Math.floor(fromMs / MINUTE_MS) * MINUTE_MS
  const count = Math.max(0, Math.ceil((toMs - first) / MINUTE_MS))
  const exact = pieces[0]
  if (exact.fromMs === first && exact.minutes === count) return exact
  const sources = sourcesOf(pieces, first, count)
  const used = pieces.filter((_, p) => sources.some((source) => source?.piece === p))
  const actions = actionsWithData(pieces, sources)
  const measures = measuresWithData(pieces, sources)
  const perMinute = <T>(pick: (piece: GuildMinutes, minute: number) => T, none: T) =>
    sources.map((source) => (source === undefined ? none : pick(pieces[source.piece], source.minute)))
  const cells = (measure: Measure) => cellsOf(pieces, sources, actions, measure)
  const overbooked = pieces.map((piece) => new Set(piece.overbooked))
  const notFrozen = sources.filter((source) => source === undefined).length
  const [busyUs, counts, waitUsTotal, waitUsMax, arrived, mailboxDepthMax] = MEASURES.map(cells)
  const partial = used.find((piece) => piece.partialMinuteMs !== undefined)?.partialMinuteMs
  const name = pieces.find((piece) => piece.guildName !== undefined)?.guildName
  return {
    guildId: exact.guildId,
    ...(name === undefined ? {} : { guildName: name }),
    fromMs: first,
    minutes: count,
    actions,
    nodes: [...new Set(used.flatMap((piece) => piece.nodes))],
    measures,
    cells: { busyUs, count: counts, waitUsTotal, waitUsMax, arrived, mailboxDepthMax },
    state: perMinute((piece, minute) => piece.state[minute], MINUTE_STATE.none),
    held: perMinute((piece, minute) => piece.held[minute], 0),
    sessions: perMinute((piece, minute) => piece.sessions[minute], -1),
    waitP50Us: perMinute((piece, minute) => piece.waitP50Us[minute], -1),
    waitP99Us: perMinute((piece, minute) => piece.waitP99Us[minute], -1),
    overbooked: [...sources.keys()].filter((m) => {
      const source = sources[m]
      return source !== undefined && overbooked[source.piece].has(source.minute)
    }),
    ...(partial === undefined || partial < first || partial >= first + count * MINUTE_MS
      ? {}
      : { partialMinuteMs: partial }),
    nowMs: Math.max(...pieces.map((piece) => piece.nowMs)),
    notes: [...new Set(used.flatMap((piece) => piece.notes)), ...(notFrozen === 0 ? [] : [note(notFrozen, count)])],
  }
}

/** Where a minute of the answer comes from. */
type Source = { readonly piece: number; readonly minute: number } | undefined

function sourcesOf(pieces: readonly GuildMinutes[], fromMs: number, count: number): Source[] {
  return Array.from({ length: count }, (_, m) => {
    const atMs = fromMs + m * MINUTE_MS
    const piece = pieces.findIndex((each) => atMs >= each.fromMs && atMs < each.fromMs + each.minutes * MINUTE_MS)
    return piece === -1 ? undefined : { piece, minute: (atMs - pieces[piece].fromMs) / MINUTE_MS }
  })
}

/** As the live answer: only actions that some minute of the range states, in the order in which the pieces have them. */
function actionsWithData(pieces: readonly GuildMinutes[], sources: readonly Source[]): string[] {
  const stated = pieces.map((piece) => new Uint8Array(piece.actions.length))
  for (const source of sources) {
    if (source === undefined) continue
    const { actions, cells } = pieces[source.piece]
    for (let a = 0; a < actions.length; a++)
      if (MEASURES.some((measure) => cells[measure][source.minute * actions.length + a] >= 0))
        stated[source.piece][a] = 1
  }
  return [...new Set(pieces.flatMap((piece, p) => piece.actions.filter((_, a) => stated[p][a] === 1)))]
}

function measuresWithData(pieces: readonly GuildMinutes[], sources: readonly Source[]): Measure[] {
  return MEASURES.filter((measure) =>
    sources.some((source) => {
      if (source === undefined) return false
      const { actions, cells } = pieces[source.piece]
      const from = source.minute * actions.length
      for (let a = 0; a < actions.length; a++) if (cells[measure][from + a] >= 0) return true
      return false
    }),
  )
}

function cellsOf(
  pieces: readonly GuildMinutes[],
  sources: readonly Source[],
  actions: readonly string[],
  measure: Measure,
): number[] {
  const columns = pieces.map((piece) => actions.map((action) => piece.actions.indexOf(action)))
  const cells = new Array<number>(sources.length * actions.length).fill(-1)
  for (let m = 0; m < sources.length; m++) {
    const source = sources[m]
    if (source === undefined) continue
    const piece = pieces[source.piece]
    const from = piece.cells[measure]
    for (let a = 0; a < actions.length; a++) {
      const column = columns[source.piece][a]
      if (column !== -1) cells[m * actions.length + a] = from[source.minute * piece.actions.length + column]
    }
  }
  return cells
}

function note(notFrozen: number, of: number): string {
  if (notFrozen === of) return 'None of these minutes were frozen.'
  return notFrozen === 1 ? '1 of these minutes was not frozen.' : `${notFrozen} of these ${of} minutes were not frozen.`
}
