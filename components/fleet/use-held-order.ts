'use client'
import { useEffect, useRef, useState } from 'react'
import type { GuildLoad } from '@/lib/model/timings.ts'
import { inOrderOf } from './fleet-rows.ts'

const HOLD_MS = 2_000

/**
 * Keeps rows where they are while the mouse moves over them, so that a refresh does not slide another guild under a click; the
 * ranking goes on as soon as the mouse rests.
 */
export function useHeldOrder(guilds: readonly GuildLoad[]): {
  readonly rows: readonly GuildLoad[]
  readonly hold: () => void
  readonly release: () => void
} {
  const [held, setHeld] = useState<readonly string[] | undefined>(undefined)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const release = () => {
    clearTimeout(timer.current)
    setHeld(undefined)
  }
  const hold = () => {
    clearTimeout(timer.current)
    timer.current = setTimeout(release, HOLD_MS)
    setHeld((now) => now ?? guilds.map((guild) => guild.guildId))
  }
  return { rows: held === undefined ? guilds : inOrderOf(guilds, held), hold, release }
}
