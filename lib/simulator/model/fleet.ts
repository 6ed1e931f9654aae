import { Random } from '../random.ts'
import type { GuildSpec } from './guild-server.ts'

/** A guild that a preset needs, by its own name and size. */
export interface Cast {
  readonly id: string
  readonly name: string
  readonly sessions: number
  readonly activity?: number
  readonly intId: boolean
  /** Where it must live, counted from 0. */
  readonly node?: number
}

const FIRST =
  'Amber Arctic Autumn Blue Bronze Cloud Copper Coral Crystal Dawn Desert Echo Ember Emerald Fable Forest Frost Garden Golden Harbor Iron Ivory Jade Lunar Maple Marble Meadow Midnight Misty Neon Ocean Olive Paper Quiet River Silver Solar Stone Velvet Winter'.split(
    ' ',
  )
const SECOND =
  'Anglers|Archive|Arcade|Artists|Bakers|Book Club|Builders|Campfire|Cats|Climbers|Coders|Commons|Cooks|Dance|Drawing Room|Film Club|Fleet|Forge|Foxes|Gamers|Gardeners|Guild|Hikers|Inn|Jazz|Knitters|Lab|League|Library|Market|Music Hall|Owls|Photographers|Pilots|Players|Raiders|Readers|Runners|Sailors|Workshop'.split(
    '|',
  )

/**
 * The fleet: the presets' guilds, then others whose sizes follow Zipf's law (the k-th has 480,000 / k sessions, at least 150),
 * dealt over the nodes so that the large ones do not sit together.
 */
export function makeFleet(seed: string, guilds: number, cast: readonly Cast[], nodes: number): readonly GuildSpec[] {
  const random = new Random(`${seed}/fleet`)
  const specs: GuildSpec[] = cast.map((guild, i) => ({ activity: 1, ...guild, node: (guild.node ?? i) % nodes }))
  for (let k = 0; specs.length < guilds; k++) {
    const first = k % FIRST.length
    const second = (Math.floor(k / FIRST.length) + 7 * k) % SECOND.length
    // 42 bits of a made-up creation time, then 22 low bits, as in the usual 64-bit ids.
    const id = (BigInt(Math.floor(random.between(2 ** 33, 2 ** 40))) << 22n) | BigInt(random.below(2 ** 22))
    specs.push({
      id: id.toString(),
      name: `${FIRST[first]} ${SECOND[second]}`,
      sessions: Math.max(150, Math.round((480_000 / (k + 1)) * random.between(0.9, 1.1))),
      activity: random.between(0.6, 1.1),
      node: (cast.length + k) % nodes,
      intId: k % 3 === 0,
    })
  }
  return specs
}
