'use client'
import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useMemo, useState } from 'react'
import { GuildPage } from '@/components/guild/guild-page.tsx'
import { shownName } from '@/components/guild/words.ts'
import { PageFrame } from '@/components/shell/page-frame.tsx'
import { Link } from '@/components/ui/navigation.tsx'
import { PanelState } from '@/components/ui/panel.tsx'
import { useKeptScroll } from '@/components/ui/use-kept-scroll.ts'
import { useViewData } from '@/components/ui/view-data.tsx'
import { visibleText } from '@/lib/draw/text-visible.ts'
import type { Side } from '@/lib/model/incident.ts'
import type { GuildMinutes } from '@/lib/model/timings.ts'
import { frozenGuildView, frozenRanges, madeFrom } from './frozen-view.ts'
import { FrozenLine, IncidentState, IncidentTitle, Summary } from './headline.tsx'
import { HistoryButton } from './history.tsx'
import { useIncident } from './scope.tsx'
import { Sending } from './sending.tsx'
import { Timeline } from './timeline.tsx'

/**
 * The incident as a page: what it is, one sentence in numbers, the timeline at the left edge, the first guild's workbench on the
 * evidence beside it. `tools`: what only an instance has (export, guest links). `first`: the minutes of that guild, as the server wrote
 * them into the page; undefined: they are asked for.
 */
export function IncidentHome({ tools, first }: { readonly tools?: ReactNode; readonly first?: GuildMinutes }) {
  const { incident, evidence } = useIncident()
  const primary = incident.sides[0]
  const guildId = primary?.guildId ?? ''
  useFirstMinutes(first, primary)
  const { sides } = incident
  const { path, search } = incident.view
  const codec = useMemo(
    () => frozenGuildView(frozenRanges({ sides }, evidence, guildId), madeFrom({ view: { path, search } }, guildId)),
    [sides, evidence, guildId, path, search],
  )
  const [timeline, workbench] = [useKeptScroll('timeline'), useKeptScroll('workbench')]
  return (
    <PageFrame
      crumbs={crumbsOf(useIncident())}
      title={<IncidentTitle />}
      actions={
        <>
          <IncidentState />
          <HistoryButton />
          {tools}
        </>
      }
    >
      <Sending />
      <div className="flex shrink-0 flex-col gap-1 border-b border-line px-3 py-2">
        <Summary />
        <FrozenLine />
        <Views />
      </div>
      <div className="flex min-h-0 flex-1 flex-col max-[1199px]:flex-none min-[1200px]:flex-row">
        <aside
          ref={timeline}
          aria-label="Notes and markers"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
          tabIndex={0}
          className="shrink-0 border-line max-[1199px]:border-b min-[1200px]:w-80 min-[1200px]:overflow-y-auto min-[1200px]:border-r"
        >
          <Timeline />
        </aside>
        <div ref={workbench} className="flex min-w-0 flex-1 flex-col min-[1200px]:overflow-y-auto">
          {primary === undefined ? (
            <PanelState kind="empty" what="This incident names no guild." />
          ) : (
            <GuildPage
              guildId={guildId}
              codec={codec}
              frame={({ headline, actions, body }) => (
                <>
                  <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-3 py-1">
                    <h2 className="min-w-0 text-ui font-semibold">{headline}</h2>
                    <div className="ml-auto flex flex-wrap items-center gap-1.5">{actions}</div>
                  </div>
                  {body}
                </>
              )}
            />
          )}
        </div>
      </div>
    </PageFrame>
  )
}

/** What came with the page is known before anything below asks for it. */
function useFirstMinutes(first: GuildMinutes | undefined, side: Side | undefined): void {
  const client = useQueryClient()
  const source = useViewData()
  useState(() => {
    if (first === undefined || side === undefined) return
    const key = [source.key, 'guild minutes', side.guildId, [side.fromMs, side.toMs]]
    if (client.getQueryData(key) === undefined) client.setQueryData(key, first)
  })
}

function crumbsOf({ incident, listHref }: ReturnType<typeof useIncident>) {
  return [
    ...(listHref === undefined ? [] : [{ label: 'Incidents', href: listHref }]),
    { label: visibleText(incident.title) },
  ]
}

/** The other sides, the comparison, and the trace the incident was made from. */
function Views() {
  const { incident } = useIncident()
  const data = useViewData()
  const guilds = [...new Map(incident.sides.map((side) => [side.guildId, side])).values()].slice(1)
  const { path, search } = incident.view
  const trace = /^\/traces\/([0-9a-f]{32})$/.exec(path)?.[1]
  const compared = incident.sides.length > 1
  if (guilds.length === 0 && trace === undefined && !compared) return undefined
  return (
    <nav aria-label="Views of this incident" className="flex flex-wrap items-center gap-x-4 text-table">
      {trace !== undefined && <ViewLink href={data.traceHref(trace) + search}>The trace it was made from</ViewLink>}
      {guilds.map((side) => (
        <ViewLink key={side.guildId} href={data.guildHref(side.guildId)}>
          {shownName(side.guildName ?? side.guildId)}
        </ViewLink>
      ))}
      {compared && (
        <ViewLink href={data.compareHref() + (path === '/compare' ? search : '')}>Compare the sides</ViewLink>
      )}
    </nav>
  )
}

function ViewLink({ href, children }: { readonly href: string; readonly children: ReactNode }) {
  return (
    <Link href={href} className="inline-flex h-6 items-center text-accent hover:underline pointer-coarse:h-10">
      {children}
    </Link>
  )
}
