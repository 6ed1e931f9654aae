/** Whom a guild can sensibly be compared with, from the fleet's answer. */
import type { GuildLoad } from '../model/timings.ts'

export interface LikeGuilds {
  /** On the same node, the busiest first. */
  readonly neighbours: readonly GuildLoad[]
  /** With between half and twice as many sessions, the nearest first; undefined where its sessions are not known. */
  readonly likeSize: readonly GuildLoad[] | undefined
}

/** Half to twice as many sessions. */
const LIKE = Math.LN2
const MOST = 6

/** Undefined where the guild is not in the answer. */
export function likeGuilds(guilds: readonly GuildLoad[], guildId: string): LikeGuilds | undefined {
  const self = guilds.find((guild) => guild.guildId === guildId)
  if (self === undefined) return undefined
  const others = guilds.filter((guild) => guild.guildId !== guildId)
  const neighbours = others
    .filter((guild) => self.node !== '' && guild.node === self.node)
    .sort((a, b) => b.busyNow - a.busyNow)
    .slice(0, MOST)
  if (self.sessions <= 0) return { neighbours, likeSize: undefined }
  const apart = (guild: GuildLoad) => Math.abs(Math.log(guild.sessions / self.sessions))
  const likeSize = others
    .filter((guild) => guild.sessions > 0 && apart(guild) <= LIKE)
    .sort((a, b) => apart(a) - apart(b))
    .slice(0, MOST)
  return { neighbours, likeSize }
}
