'use client'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useContext, useState } from 'react'
import { rangeWords } from '@/components/guild/words.ts'
import { Button } from '@/components/ui/button.tsx'
import { failureOf } from '@/components/ui/failure.ts'
import { type FrozenRange, FrozenRangesContext, useViewData } from '@/components/ui/view-data.tsx'
import { type LikeGuilds, likeGuilds } from '@/lib/analysis/like-guilds.ts'
import { formatCount, type Zone } from '@/lib/base/format.ts'
import { fetchFleet } from '@/lib/client/api.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import type { Side } from '@/lib/model/incident.ts'
import { type GuildLoad, MINUTE_MS } from '@/lib/model/timings.ts'

const HOUR_MS = 60 * MINUTE_MS
const BEFORE = [
  { label: 'an hour ago', ms: HOUR_MS },
  { label: 'a day ago', ms: 24 * HOUR_MS },
  { label: 'a week ago', ms: 7 * 24 * HOUR_MS },
] as const
const FOUND = 8

export interface SideChoicesProps {
  /** What the new side stands beside; undefined: nothing yet. */
  readonly beside: Side | undefined
  /** What is compared already: where the data is evidence, it is not offered again. */
  readonly shown: readonly Side[]
  readonly zone: Zone
  readonly onChoose: (side: Side) => void
}

/** Itself earlier, its neighbours, guilds of like size, or any other; on evidence, what there is of it. */
export function SideChoices(props: SideChoicesProps) {
  const live = useViewData().frozen === undefined
  return <div className="w-80 max-w-full p-3">{live ? <Live {...props} /> : <Frozen {...props} />}</div>
}

function Live({ beside, zone, onChoose }: SideChoicesProps) {
  const [find, setFind] = useState('')
  const { timings } = useViewData().chosen
  const fleet = useQuery({
    queryKey: ['fleet', timings, '60', undefined],
    queryFn: ({ signal }) => fetchFleet({ minutes: 60, timings }, signal),
  })
  const [openedMs] = useState(Date.now)
  const toMs = Math.ceil(openedMs / MINUTE_MS) * MINUTE_MS
  const range = beside ?? { fromMs: toMs - HOUR_MS, toMs }
  const choose = (guild: GuildLoad) =>
    onChoose({ guildId: guild.guildId, guildName: guild.guildName, fromMs: range.fromMs, toMs: range.toMs })
  const guilds = fleet.data?.guilds ?? []
  const like = beside === undefined ? undefined : likeGuilds(guilds, beside.guildId)
  const wanted = find.trim().toLowerCase()
  const others = guilds.filter((guild) => guild.guildId !== beside?.guildId)
  const found = others.filter(
    (guild) => guild.guildId.includes(wanted) || (guild.guildName ?? '').toLowerCase().includes(wanted),
  )
  return (
    <>
      {beside !== undefined && (
        <Group title="Itself">
          {BEFORE.map(({ label, ms }) => (
            <Choice
              key={label}
              onClick={() => onChoose({ ...beside, fromMs: beside.fromMs - ms, toMs: beside.toMs - ms })}
              note={rangeWords({ fromMs: beside.fromMs - ms, toMs: beside.toMs - ms }, zone)}
            >
              {label}
            </Choice>
          ))}
        </Group>
      )}
      {beside !== undefined && fleet.data !== undefined && <Like like={like} onChoose={choose} />}
      <Group title="Another guild">
        <input
          value={find}
          onChange={(event) => setFind(event.target.value.slice(0, 256))}
          placeholder="id or name"
          aria-label="Find a guild by id or name"
          className="mb-1 h-7 w-full rounded-control border border-control-line bg-transparent px-2 text-ui pointer-coarse:h-10"
        />
        {fleet.isError && <Note>{failureOf(fleet.error).what}</Note>}
        {found.slice(0, FOUND).map((guild) => (
          <GuildChoice key={guild.guildId} guild={guild} onChoose={choose} />
        ))}
        {fleet.data !== undefined && found.length === 0 && wanted !== '' && (
          <Choice
            note="not in the last hour’s list"
            onClick={() => onChoose({ guildId: find.trim(), fromMs: range.fromMs, toMs: range.toMs })}
          >
            {visibleText(find.trim())}
          </Choice>
        )}
      </Group>
    </>
  )
}

function Like({
  like,
  onChoose,
}: {
  readonly like: LikeGuilds | undefined
  readonly onChoose: (guild: GuildLoad) => void
}) {
  if (like === undefined) {
    return <Note>This guild is not in the last hour’s list, so its neighbours are not known.</Note>
  }
  return (
    <>
      <Group title="On its node">
        {like.neighbours.length === 0 && <Note>No other guild reports from its node.</Note>}
        {like.neighbours.map((guild) => (
          <GuildChoice key={guild.guildId} guild={guild} onChoose={onChoose} />
        ))}
      </Group>
      <Group title="Of like size">
        {like.likeSize === undefined && (
          <Note>Its connected sessions are not stated, so like size cannot be told.</Note>
        )}
        {like.likeSize?.length === 0 && <Note>No guild has between half and twice as many sessions.</Note>}
        {like.likeSize?.map((guild) => (
          <GuildChoice key={guild.guildId} guild={guild} onChoose={onChoose} />
        ))}
      </Group>
    </>
  )
}

function Frozen({ shown, zone, onChoose }: SideChoicesProps) {
  const frozen = useContext(FrozenRangesContext)
  const isShown = (guildId: string, { fromMs, toMs }: FrozenRange) =>
    shown.some((side) => side.guildId === guildId && side.fromMs === fromMs && side.toMs === toMs)
  const offered = (frozen?.guilds ?? [])
    .map((guild) => ({
      ...guild,
      ranges: frozen?.of(guild.guildId).filter((one) => !isShown(guild.guildId, one)) ?? [],
    }))
    .filter(({ ranges }) => ranges.length > 0)
  if (offered.length === 0) return <Note>Everything that was frozen stands here already.</Note>
  return (
    <>
      <Note>What is in the evidence:</Note>
      {offered.map(({ guildId, name, ranges }) => (
        <Group key={guildId} title={visibleText(name)}>
          {ranges.map((range) => (
            <Choice
              key={`${range.label} ${range.fromMs}`}
              note={rangeWords(range, zone)}
              onClick={() => onChoose({ guildId, fromMs: range.fromMs, toMs: range.toMs })}
            >
              {range.label}
            </Choice>
          ))}
        </Group>
      ))}
    </>
  )
}

function Group({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="pb-2">
      <h3 className="py-1 text-table text-text-2">{title}</h3>
      {children}
    </section>
  )
}

function Note({ children }: { readonly children: ReactNode }) {
  return <p className="py-1 text-table text-text-2">{children}</p>
}

interface ChoiceProps {
  readonly note: string
  readonly onClick: () => void
  readonly children: ReactNode
}

function Choice({ note, onClick, children }: ChoiceProps) {
  return (
    <Button tone="plain" onClick={onClick} className="w-full min-w-0 justify-start">
      <span className="min-w-0 truncate text-text">{children}</span>
      <span className="ml-auto shrink-0 text-table">{note}</span>
    </Button>
  )
}

function GuildChoice({
  guild,
  onChoose,
}: {
  readonly guild: GuildLoad
  readonly onChoose: (guild: GuildLoad) => void
}) {
  const sessions = guild.sessions >= 0 ? `${formatCount(guild.sessions)} sessions` : 'sessions unknown'
  return (
    <Choice note={sessions} onClick={() => onChoose(guild)}>
      <bdi>{visibleText(guild.guildName ?? guild.guildId)}</bdi>
    </Choice>
  )
}
