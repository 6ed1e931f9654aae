/**
 * Feeds the tests' instance as real systems would: the simulator tells the flurry with its history and one message to a million
 * sessions, and goes on live.
 */
import { HTTP_PORT, ORIGIN, TRUTH_FILE } from './instance'
import { startSimulator, until } from './simulator-process'

export default async function setup(): Promise<() => Promise<void>> {
  const simulator = startSimulator({ httpPort: HTTP_PORT, origin: ORIGIN }, TRUTH_FILE, [
    ...['--preset', 'reaction-flurry', '--with', 'fanout-1m', '--demo', '--seed', '1'],
  ])
  await simulator.told(300_000)
  await until('the sick guild is at the top', 60_000, async () => {
    const answer = await fetch(`${ORIGIN}/api/fleet`)
    if (!answer.ok) return false
    const fleet: { guilds: { guildName?: string }[] } = await answer.json()
    return fleet.guilds[0]?.guildName === 'Pixel Arena'
  })
  return () => simulator.stop()
}
