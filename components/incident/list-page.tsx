'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { FileUp, Search, Trash2 } from 'lucide-react'
import { type ReactNode, useRef, useState } from 'react'
import { shownName } from '@/components/guild/words.ts'
import { PageFrame } from '@/components/shell/page-frame.tsx'
import { useShortcuts } from '@/components/shell/shortcuts.tsx'
import { announce } from '@/components/ui/announce.tsx'
import { Button, IconButton } from '@/components/ui/button.tsx'
import { Dialog } from '@/components/ui/dialog.tsx'
import { failureOf } from '@/components/ui/failure.ts'
import { Link } from '@/components/ui/navigation.tsx'
import { PanelState } from '@/components/ui/panel.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { SegmentedControl } from '@/components/ui/segmented-control.tsx'
import { Status } from '@/components/ui/status.tsx'
import { useKeptScroll } from '@/components/ui/use-kept-scroll.ts'
import { useViewState } from '@/components/ui/use-view-state.ts'
import { formatDate, formatExact, formatMinute, zoneName } from '@/lib/base/format.ts'
import { deleteIncident, fetchIncidents } from '@/lib/client/incidents.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import type { IncidentSummary } from '@/lib/model/incident.ts'
import { authorWords } from './entry-words.ts'
import { SeverityWord, StatusWord } from './headline.tsx'
import { DropHint, ImportState, useImport } from './import-zone.tsx'
import { findIncidents, incidentList, sidesRange } from './list-view.ts'

const POLL_MS = 10_000

/** All incidents of this instance; an archive can be dropped anywhere on the page. */
export function IncidentsPage() {
  const { state: view, push, replace } = useViewState(incidentList)
  const client = useQueryClient()
  const search = useRef<HTMLInputElement>(null)
  const query = useQuery({
    queryKey: ['incidents'],
    queryFn: ({ signal }) => fetchIncidents(signal),
    refetchInterval: POLL_MS,
  })
  const renew = () => void client.invalidateQueries({ queryKey: ['incidents'] })
  const use = useImport(renew)
  const [deleting, setDeleting] = useState<IncidentSummary | undefined>(undefined)
  useShortcuts('Incidents', [{ keys: '/', label: 'Search the incidents', run: () => search.current?.focus() }])
  const all = query.data?.incidents ?? []
  const shown = findIncidents(all, view.q, view.status)
  return (
    <div {...use.zone}>
      <PageFrame
        crumbs={[{ label: 'Incidents' }]}
        title={
          <span>
            Incidents{' '}
            {query.data !== undefined && (
              <span className="font-normal text-text-2">
                {shown.length === all.length
                  ? formatExact(all.length)
                  : `${formatExact(shown.length)} of ${formatExact(all.length)}`}
              </span>
            )}
          </span>
        }
        actions={
          <>
            <label className="flex h-7 items-center gap-1.5 rounded-control border border-control-line px-2 focus-within:outline-2 focus-within:outline-accent pointer-coarse:h-10">
              <Search size={14} aria-hidden className="text-text-3" />
              <input
                ref={search}
                type="search"
                aria-label="Search by title or guild"
                placeholder="Title or guild"
                value={view.q}
                onChange={(event) => replace({ q: event.target.value.slice(0, 200) })}
                className="w-40 bg-transparent outline-none pointer-coarse:text-[1rem]"
              />
            </label>
            <SegmentedControl
              label="Status"
              value={view.status}
              segments={[
                { value: 'any', label: 'All' },
                { value: 'open', label: 'Open' },
                { value: 'mitigated', label: 'Mitigated' },
                { value: 'resolved', label: 'Resolved' },
              ]}
              onChange={(status) => push({ status })}
            />
            <Button onClick={use.choose} title="A .guildscope archive; it can also be dropped on this page">
              <FileUp size={14} aria-hidden />
              Import
            </Button>
            {use.input}
          </>
        }
      >
        <ImportState use={use} />
        <PanelState
          kind="partial"
          notes={(query.data?.damaged ?? []).map(
            ({ what, why }) => `${visibleText(what)} cannot be read: ${visibleText(why)}`,
          )}
        />
        {query.isError && query.data === undefined ? (
          <PanelState kind="failed" failure={failureOf(query.error)} retry={() => void query.refetch()} />
        ) : query.data === undefined ? (
          <PanelState kind="loading" waitsFor="the incidents" />
        ) : all.length === 0 ? (
          <PanelState
            kind="empty"
            what="No incidents yet. Open a guild or a trace and press Freeze (or I): its timings and traces are copied before they rotate away. Or drop a .guildscope archive of another instance here."
            action={
              <Link href="/" className="inline-flex h-6 items-center text-accent underline pointer-coarse:h-10">
                To the guilds
              </Link>
            }
          />
        ) : shown.length === 0 ? (
          <PanelState
            kind="empty"
            what="No incident is like that."
            action={<Button onClick={() => push({ q: '', status: 'any' })}>Show all</Button>}
          />
        ) : (
          <IncidentTable incidents={shown} onDelete={setDeleting} />
        )}
      </PageFrame>
      <DropHint shown={use.dragged} />
      <Dialog
        open={deleting !== undefined}
        onOpenChange={(open) => !open && setDeleting(undefined)}
        title="Delete the incident"
      >
        {deleting !== undefined && (
          <DeleteForm
            incident={deleting}
            onDone={() => {
              setDeleting(undefined)
              renew()
            }}
          />
        )}
      </Dialog>
    </div>
  )
}

interface IncidentTableProps {
  readonly incidents: readonly IncidentSummary[]
  readonly onDelete: (incident: IncidentSummary) => void
}

function IncidentTable({ incidents, onDelete }: IncidentTableProps) {
  const { zone } = usePreferences()
  const scroller = useKeptScroll('list')
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
    <section ref={scroller} aria-label="List of incidents" tabIndex={0} className="min-h-0 flex-1 overflow-auto">
      <table className="w-full text-table" aria-label="Incidents">
        <thead className="sticky top-0 z-10 bg-bg text-text-2">
          <tr>
            <Head className="pl-3">Title</Head>
            <Head>Severity</Head>
            <Head>Status</Head>
            <Head className="max-md:hidden">Guilds</Head>
            <Head className="max-lg:hidden">Range, {zoneName(zone)}</Head>
            <Head className="max-lg:hidden">Frozen</Head>
            <Head className="text-right max-sm:hidden">Notes</Head>
            <Head className="pr-3">
              <span className="sr-only">Delete</span>
            </Head>
          </tr>
        </thead>
        <tbody>
          {incidents.map((incident) => (
            <tr key={incident.id} className="border-b border-line hover:bg-raised pointer-coarse:h-10">
              <td className="max-w-96 py-1 pl-3">
                <Link
                  href={`/incidents/${encodeURIComponent(incident.id)}`}
                  title={visibleText(incident.title)}
                  className="inline-flex min-h-6 max-w-full items-center text-ui text-accent hover:underline pointer-coarse:min-h-10"
                >
                  <span className="line-clamp-2 wrap-anywhere">{visibleText(incident.title)}</span>
                </Link>
              </td>
              <td className="px-2 whitespace-nowrap">
                <SeverityWord severity={incident.severity} />
              </td>
              <td className="px-2 whitespace-nowrap">
                <StatusWord status={incident.status} />
              </td>
              <td className="max-w-60 truncate px-2 max-md:hidden">
                {[...new Set(incident.sides.map(({ guildId, guildName }) => shownName(guildName ?? guildId)))].join(
                  ', ',
                )}
              </td>
              <td className="px-2 whitespace-nowrap max-lg:hidden">{sidesRange(incident.sides, zone)}</td>
              <td className="max-w-60 truncate px-2 max-lg:hidden">
                {formatDate(incident.createdMs, zone)} {formatMinute(incident.createdMs, zone)} by{' '}
                {authorWords(incident.createdBy)}
              </td>
              <td className="px-2 text-right max-sm:hidden">{formatExact(incident.notes)}</td>
              <td className="pr-3 text-right">
                <IconButton
                  label={`Delete ${visibleText(incident.title)}`}
                  title="Delete the incident and its evidence"
                  onClick={() => onDelete(incident)}
                >
                  <Trash2 size={14} aria-hidden />
                </IconButton>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Head({ children, className = '' }: { readonly children: ReactNode; readonly className?: string }) {
  return (
    <th scope="col" className={`border-b border-line px-2 py-1 text-left font-normal ${className}`}>
      {children}
    </th>
  )
}

/** Deleting takes evidence that exists nowhere else: its title is typed again. */
function DeleteForm({ incident, onDone }: { readonly incident: IncidentSummary; readonly onDone: () => void }) {
  const [typed, setTyped] = useState('')
  const [state, setState] = useState<{ readonly busy: boolean; readonly why?: string }>({ busy: false })
  // Nobody can type a mark that is not seen: as it is shown it counts, too.
  const same = [incident.title, visibleText(incident.title)].some((title) => title.trim() === typed.trim())
  const submit = async () => {
    setState({ busy: true })
    try {
      await deleteIncident(incident.id, incident.title)
      announce('The incident was deleted.')
      onDone()
    } catch (error) {
      const { what, tryThis } = failureOf(error)
      setState({ busy: false, why: `${what} ${tryThis}` })
    }
  }
  return (
    <form
      className="flex flex-col gap-3 p-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (same) void submit()
      }}
    >
      <p>
        Its notes and its frozen evidence are gone for good, also where the sources have rotated theirs away, and so are
        its guest links. Exported files stay as they are.
      </p>
      <label className="flex flex-col gap-1">
        <span className="wrap-anywhere">
          Type its title to confirm: <b className="font-semibold">{visibleText(incident.title)}</b>
        </span>
        <input
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoComplete="off"
          // biome-ignore lint/a11y/noAutofocus: the one field of a dialog that was asked for
          autoFocus
          className="h-8 rounded-control border border-control-line bg-bg px-2 pointer-coarse:h-10 pointer-coarse:text-[1rem]"
        />
      </label>
      {state.why !== undefined && <Status kind="bad">{state.why}</Status>}
      <Button type="submit" disabled={!same || state.busy} className="self-start text-bad!">
        {state.busy ? 'Deleting …' : 'Delete it for good'}
      </Button>
    </form>
  )
}
