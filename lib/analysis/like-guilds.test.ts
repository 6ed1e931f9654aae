import { describe, expect, it } from 'vitest'
import type { GuildLoad } from '../model/timings.ts'
import { likeGuilds } from './like-guilds.ts'

const guild = (guildId: string, node: string, sessions: number, busyNow = 0): GuildLoad => ({
  guildId,
  node,
  sessions,
  busyNow,
  busyUs: [],
  waitUs: -1,
  waitKind: 'none',
  waitMaxUs: -1,
  saturatedMinutes: 0,
  held: false,
  actions: [],
})
const fleet = [
  guild('sick', 'n1', 42_000),
  guild('loud', 'n1', 310_000, 0.9),
  guild('calm', 'n1', 900, 0.1),
  guild('twin', 'n2', 40_000),
  guild('half', 'n3', 21_000),
  guild('far', 'n2', 20_000),
  guild('unknown', 'n2', -1),
]

describe('whom to compare with', () => {
  it('neighbours by load, like sizes by nearness', () => {
    const found = likeGuilds(fleet, 'sick')
    expect(found?.neighbours.map((one) => one.guildId)).toEqual(['loud', 'calm'])
    expect(found?.likeSize?.map((one) => one.guildId)).toEqual(['twin', 'half'])
  })

  it('says where nothing can be known', () => {
    expect(likeGuilds(fleet, 'unknown')?.likeSize).toBeUndefined()
    expect(likeGuilds(fleet, 'nobody')).toBeUndefined()
  })
})
