'use client'
import { useQuery } from '@tanstack/react-query'
import { Command } from 'cmdk'
import { Activity, CircleQuestionMark, Clock, ListOrdered, Network, Siren, SunMoon } from 'lucide-react'
import { type ReactNode, useRef, useState } from 'react'
import { useSignOut } from '@/components/access/sign-out.tsx'
import { findIncidents } from '@/components/incident/list-view.ts'
import { Dialog } from '@/components/ui/dialog.tsx'
import { useNavigate } from '@/components/ui/navigation.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { useViewData } from '@/components/ui/view-data.tsx'
import { formatDuration } from '@/lib/base/format.ts'
import { parseTraceId } from '@/lib/base/ids.ts'
import { fetchFleet } from '@/lib/client/api.ts'
import { fetchIncidents } from '@/lib/client/incidents.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import type { GuildLoad } from '@/lib/model/timings.ts'
import { layers } from './layers.ts'
import { typeAhead } from './type-ahead.ts'

const SHOWN_GUILDS = 30
const SHOWN_INCIDENTS = 8
const ITEM =
  'flex min-h-8 items-center gap-2 rounded-control px-2 text-ui data-[selected=true]:bg-accent-fill pointer-coarse:min-h-10'

/** Guilds whose id or name contains the text; in the fleet's ranking, an exact id first. */
export function findGuilds(guilds: readonly GuildLoad[], text: string): readonly GuildLoad[] {
  const wanted = text.trim().toLowerCase()
  const found = guilds.filter(
    (guild) => guild.guildId.includes(wanted) || (guild.guildName ?? '').toLowerCase().includes(wanted),
  )
  const exact = found.find((guild) => guild.guildId === wanted)
  return (exact === undefined ? found : [exact, ...found.filter((guild) => guild !== exact)]).slice(0, SHOWN_GUILDS)
}

const close = () => layers.set('palette', false)

/** Go to a page, a guild or a pasted trace id; change zone or theme. */
export function Palette({ open }: { readonly open: boolean }) {
  return (
    <Dialog open={open} onOpenChange={(next) => layers.set('palette', next)} title="Search" titleHidden>
      <Search />
    </Dialog>
  )
}

function Search() {
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState<string | undefined>(undefined)
  /** Whether what changes the choice is the reader, and not a result that came. */
  const moves = useRef(false)
  const navigate = useNavigate()
  const { zone, switchZone, linkedZone, theme, setTheme } = usePreferences()
  const { timings } = useViewData().chosen
  const { data } = useQuery({
    queryKey: ['fleet', timings, 'palette'],
    queryFn: ({ signal }) => fetchFleet({ minutes: 30, timings }, signal),
    staleTime: 30_000,
  })
  const { data: list } = useQuery({
    queryKey: ['incidents'],
    queryFn: ({ signal }) => fetchIncidents(signal),
    staleTime: 30_000,
  })
  const out = useSignOut()
  const go = (href: string) => {
    close()
    navigate(href)
  }
  const wanted = text.trim()
  const traceId = parseTraceId(wanted)
  const guilds = findGuilds(data?.guilds ?? [], wanted)
  const commands = [
    { label: 'Guilds', hint: 'the fleet, ranked', icon: <ListOrdered size={15} aria-hidden />, run: () => go('/') },
    {
      label: 'Incidents',
      hint: 'frozen evidence and notes',
      icon: <Siren size={15} aria-hidden />,
      run: () => go('/incidents'),
    },
    {
      label: 'Sources',
      hint: 'health, and how to send data',
      icon: <Network size={15} aria-hidden />,
      run: () => go('/sources'),
    },
    {
      label:
        linkedZone !== undefined
          ? 'Show times in your own zone again'
          : zone === 'UTC'
            ? 'Show times in local time'
            : 'Show times in UTC',
      hint: 'time zone',
      icon: <Clock size={15} aria-hidden />,
      run: switchZone,
    },
    ...(['system', 'light', 'dark'] as const)
      .filter((choice) => choice !== theme)
      .map((choice) => ({
        label: choice === 'system' ? 'Theme as the system has it' : `${choice === 'light' ? 'Light' : 'Dark'} theme`,
        hint: 'theme',
        icon: <SunMoon size={15} aria-hidden />,
        run: () => setTheme(choice),
      })),
    {
      label: 'Keys on this page',
      hint: 'help',
      icon: <CircleQuestionMark size={15} aria-hidden />,
      run: () => layers.set('help', true),
    },
    ...out,
  ].filter((command) => `${command.label} ${command.hint}`.toLowerCase().includes(wanted.toLowerCase()))
  // Without a word there are too many to choose from; the page lists them.
  const incidents = wanted === '' ? [] : findIncidents(list?.incidents ?? [], wanted, 'any').slice(0, SHOWN_INCIDENTS)
  // Results come from several answers: until the reader moves, the first of them is chosen, whichever came first.
  const first =
    traceId !== undefined
      ? 'trace'
      : wanted === '' && commands.length > 0
        ? `command ${commands[0].label}`
        : guilds.length > 0
          ? `guild ${guilds[0].guildId}`
          : incidents.length > 0
            ? `incident ${incidents[0].id}`
            : `command ${commands[0]?.label ?? ''}`
  const nothing = traceId === undefined && guilds.length === 0 && incidents.length === 0 && commands.length === 0

  return (
    <Command
      shouldFilter={false}
      loop
      label="Search"
      className="flex min-h-0 flex-col"
      value={chosen ?? first}
      onValueChange={(value) => {
        if (moves.current) setChosen(value)
      }}
      onKeyDown={() => {
        moves.current = true
      }}
      onPointerMove={() => {
        moves.current = true
      }}
    >
      <Command.Input
        value={text}
        onValueChange={(next) => {
          moves.current = false
          setChosen(undefined)
          setText(next)
        }}
        onFocus={() => {
          const typed = typeAhead.take()
          if (typed !== '') setText((before) => before + typed)
        }}
        placeholder="Guild, incident, trace id, page …"
        className="h-11 w-full border-b border-line bg-transparent px-4 text-[1rem] outline-none"
      />
      <Command.List className="min-h-0 overflow-auto p-1.5" label="Results">
        {traceId !== undefined && (
          <Group heading="Trace">
            <Command.Item value="trace" className={ITEM} onSelect={() => go(`/traces/${traceId}`)}>
              <Activity size={15} aria-hidden />
              <span>Open trace</span>
              <span className="min-w-0 truncate font-mono text-table text-text-2">{traceId}</span>
            </Command.Item>
          </Group>
        )}
        {commands.length > 0 && wanted === '' && <Commands commands={commands} close={close} />}
        {guilds.length > 0 && (
          <Group heading={wanted === '' ? 'Guilds, ranked' : 'Guilds'}>
            {guilds.map((guild) => (
              <Command.Item
                key={guild.guildId}
                value={`guild ${guild.guildId}`}
                className={ITEM}
                onSelect={() => go(`/guilds/${encodeURIComponent(guild.guildId)}`)}
              >
                <bdi className="min-w-0 truncate">{guild.guildName ?? guild.guildId}</bdi>
                {guild.guildName !== undefined && (
                  <span className="min-w-0 truncate font-mono text-table text-text-2">{guild.guildId}</span>
                )}
                <span className="ml-auto shrink-0 text-table text-text-2">
                  {guild.waitUs >= 0 && `wait ${formatDuration(guild.waitUs * 1_000)}`}
                </span>
              </Command.Item>
            ))}
          </Group>
        )}
        {incidents.length > 0 && (
          <Group heading="Incidents">
            {incidents.map((incident) => (
              <Command.Item
                key={incident.id}
                value={`incident ${incident.id}`}
                className={ITEM}
                onSelect={() => go(`/incidents/${encodeURIComponent(incident.id)}`)}
              >
                <Siren size={15} aria-hidden />
                <bdi className="min-w-0 truncate">{visibleText(incident.title)}</bdi>
                <span className="ml-auto shrink-0 text-table text-text-2">{incident.status}</span>
              </Command.Item>
            ))}
          </Group>
        )}
        {commands.length > 0 && wanted !== '' && <Commands commands={commands} close={close} />}
        {nothing && (
          <p role="status" className="px-2 py-4 text-text-2">
            Nothing here is called “{wanted}”. A trace id has 32 hex digits; a guild that sends no timings is not
            listed, but its id opens at /guilds/&lt;id&gt;.
          </p>
        )}
      </Command.List>
    </Command>
  )
}

function Group({ heading, children }: { readonly heading: string; readonly children: ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-axis [&_[cmdk-group-heading]]:text-text-2"
    >
      {children}
    </Command.Group>
  )
}

interface CommandsProps {
  readonly commands: readonly { label: string; hint: string; icon: ReactNode; run: () => void }[]
  readonly close: () => void
}

function Commands({ commands, close }: CommandsProps) {
  return (
    <Group heading="Go and do">
      {commands.map(({ label, hint, icon, run }) => (
        <Command.Item
          key={label}
          value={`command ${label}`}
          className={ITEM}
          onSelect={() => {
            close()
            run()
          }}
        >
          {icon}
          <span>{label}</span>
          <span className="ml-auto text-table text-text-2">{hint}</span>
        </Command.Item>
      ))}
    </Group>
  )
}
