'use client'
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react'
import { BarPartsContext, useBarParts } from '@/components/shell/bar-parts.tsx'
import { HomeCrumbsContext } from '@/components/shell/home-crumbs.tsx'
import { type Annotations, AnnotationsContext } from '@/components/ui/annotations.tsx'
import { pageHost, useNavigate } from '@/components/ui/navigation.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { browserViewStore, useViewState } from '@/components/ui/use-view-state.ts'
import { type FrozenRanges, FrozenRangesContext, ViewDataContext } from '@/components/ui/view-data.tsx'
import type { Pending } from '@/lib/client/incident-live.ts'
import type { ViewData } from '@/lib/client/view-data.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import type { Damage, EvidenceFacts } from '@/lib/evidence/answers.ts'
import type { Author, Change, Entry, Incident, Pin } from '@/lib/model/incident.ts'
import { loadDraft } from './drafts.ts'
import { frozenGuilds, frozenRanges, incidentView } from './frozen-view.ts'
import { firstWords, inOrder, pinnedView, pinWords } from './pins.ts'

/** What writers have beside the page. */
export interface Writing {
  readonly you: Author
  readonly write: (change: Change) => void
  readonly pending: readonly Pending[]
  readonly connection: 'connecting' | 'live' | 'lost' | 'deleted'
  readonly again: (entryId: string) => void
  readonly discard: (entryId: string) => void
  readonly newId: () => string
}

/** An incident as its pages show it: from a server, or from a file. */
export interface IncidentFacts {
  readonly incident: Incident
  /** Undefined where it is damaged: `damaged` says so. */
  readonly evidence: EvidenceFacts | undefined
  readonly damaged: readonly Damage[]
  /** The history, as far as it is known. */
  readonly entries: readonly Entry[]
  /** Undefined for guests and in files: nothing can be written. */
  readonly writing: Writing | undefined
  /** Address of the incident's own page. */
  readonly href: string
  /** Address of the list; undefined where there is none to see. */
  readonly listHref: string | undefined
}

export interface IncidentUse extends IncidentFacts {
  readonly focused: string
  /** Reads a note or a marker; from a view its card comes into sight. */
  readonly focus: (id: string) => void
  /** Goes to the view in which a pinned thing is seen, and reads the note or marker `id` there. */
  readonly show: (pin: Pin, id: string) => void
  readonly hrefOf: (pin: Pin) => string | undefined
  /** The note that is being written. */
  readonly composing: Pin | undefined
  readonly compose: (pin: Pin | undefined) => void
  readonly around: '5' | '10' | '20'
  readonly setAround: (minutes: '5' | '10' | '20') => void
  /** What is missing is spelled out. */
  readonly isMissingOpen: boolean
  readonly openMissing: (open: boolean) => void
}

const IncidentContext = createContext<IncidentUse | undefined>(undefined)

/** The incident around this component. */
export function useIncident(): IncidentUse {
  const use = useContext(IncidentContext)
  if (use === undefined) throw new Error('outside an incident')
  return use
}

export interface IncidentScopeProps {
  readonly facts: IncidentFacts
  readonly data: ViewData
  readonly children: ReactNode
}

/** Everything below shows this incident's evidence and notes. Needs neither a router nor a server of its own. */
export function IncidentScope({ facts, data, children }: IncidentScopeProps) {
  const { incident, evidence, href, listHref, writing } = facts
  const { zone } = usePreferences()
  const navigate = useNavigate()
  const view = useViewState(incidentView)
  const [composing, setComposing] = useState<Pin | undefined>(undefined)
  const before = useRef<Element | null>(null)
  /** Where the reader was when the note was begun is where they are once it is done. */
  const compose = useCallback((pin: Pin | undefined) => {
    setComposing((now) => {
      if (now === undefined && pin !== undefined) before.current = document.activeElement
      return pin
    })
    if (pin !== undefined) return
    setTimeout(() => {
      if (before.current instanceof HTMLElement && document.activeElement === document.body) before.current.focus()
    })
  }, [])
  const { sides } = incident
  const rangesOf = useCallback((guildId: string) => frozenRanges({ sides }, evidence, guildId), [sides, evidence])

  const ranges = useMemo(
    (): FrozenRanges => ({ guilds: frozenGuilds({ sides }, evidence), of: rangesOf }),
    [sides, evidence, rangesOf],
  )

  // What was being written before a reload is open again.
  const mayWrite = writing !== undefined
  useEffect(() => {
    if (mayWrite) setComposing((now) => now ?? loadDraft(incident.id, 'new')?.pin)
  }, [incident.id, mayWrite])

  const placeOf = useCallback(
    (pin: Pin): { readonly path: string; readonly search: string } | undefined => {
      const place = pinnedView(pin, incident, rangesOf)
      if (place === undefined) return undefined
      if (place.kind === 'trace') return { path: data.traceHref(place.traceId), search: place.search }
      // The first guild's workbench is on the incident's own page.
      const primary = place.guildId === incident.sides[0]?.guildId
      return { path: primary ? href : data.guildHref(place.guildId), search: place.search }
    },
    [incident, rangesOf, data, href],
  )
  const focus = view.replace
  const use = useMemo((): IncidentUse => {
    const withNote = (search: string, id: string) => incidentView.print({ ...view.state, note: id }, search)
    return {
      ...facts,
      focused: view.state.note,
      focus: (id) => focus({ note: id }),
      show: (pin, id) => {
        const place = placeOf(pin)
        if (place === undefined) return
        const search = withNote(place.search, id)
        if (pageHost().location.pathname === place.path) browserViewStore().push(search)
        else navigate(place.path + search)
      },
      hrefOf: (pin) => {
        const place = placeOf(pin)
        return place === undefined ? undefined : place.path + place.search
      },
      composing,
      compose,
      around: view.state.around,
      setAround: (around) => view.push({ around }),
      isMissingOpen: view.state.missing,
      openMissing: (missing) => view.push({ missing }),
    }
  }, [facts, view, focus, placeOf, navigate, composing, compose])

  const annotations = useMemo((): Annotations => {
    const notes = inOrder(incident.notes).map(({ note, number }) => ({
      id: note.noteId,
      kind: 'note' as const,
      label: String(number),
      words: `Note ${number}, ${pinWords(note.pin, incident, zone)}: ${firstWords(note.text)}`,
      pin: note.pin,
    }))
    const markers = incident.markers.map(({ markerId, label, atMs }) => ({
      id: markerId,
      kind: 'marker' as const,
      label,
      words: `Marker at ${pinWords({ kind: 'time', atMs }, incident, zone)}: ${label}`,
      pin: { kind: 'time', atMs } as const,
    }))
    return {
      items: [...notes, ...markers],
      focused: view.state.note === '' ? undefined : view.state.note,
      focus: (id) => focus({ note: id }),
      add: mayWrite ? compose : undefined,
    }
  }, [incident, zone, view.state.note, focus, mayWrite, compose])

  const crumbs = useMemo(
    () => [
      ...(listHref === undefined ? [] : [{ label: 'Incidents', href: listHref }]),
      { label: visibleText(incident.title), href },
    ],
    [listHref, href, incident.title],
  )
  const bar = useBarParts()
  const guestBar = useMemo(() => ({ home: href, tools: undefined }), [href])

  return (
    <ViewDataContext value={data}>
      <FrozenRangesContext value={ranges}>
        <HomeCrumbsContext value={crumbs}>
          <AnnotationsContext value={annotations}>
            {/* A guest has nothing else of the instance to search or to see. */}
            <BarPartsContext value={listHref === undefined && bar.home === '/' ? guestBar : bar}>
              <IncidentContext value={use}>{children}</IncidentContext>
            </BarPartsContext>
          </AnnotationsContext>
        </HomeCrumbsContext>
      </FrozenRangesContext>
    </ViewDataContext>
  )
}
