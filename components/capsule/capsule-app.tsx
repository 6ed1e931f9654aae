import { CSPProvider } from '@base-ui/react/csp-provider'
import { QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { type IncidentFacts, IncidentScope } from '@/components/incident/scope.tsx'
import { BarPartsContext } from '@/components/shell/bar-parts.tsx'
import { HelpDialog } from '@/components/shell/help-dialog.tsx'
import { layers } from '@/components/shell/layers.ts'
import { PageFrame } from '@/components/shell/page-frame.tsx'
import { makeQueryClient } from '@/components/shell/query-client.ts'
import { Announcer } from '@/components/ui/announce.tsx'
import { PanelState } from '@/components/ui/panel.tsx'
import type { Failure } from '@/lib/base/result.ts'
import { capsuleData } from '@/lib/client/capsule-data.ts'
import type { Ask } from '@/lib/client/capsule-engine.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import { evidenceFacts } from '@/lib/evidence/answers.ts'
import type { CapsuleContent } from '@/lib/evidence/capsule.ts'
import { foldLog } from '@/lib/evidence/incident-log.ts'
import type { Incident } from '@/lib/model/incident.ts'
import { FileFacts } from './file-facts.tsx'
import { useDamage } from './use-damage.ts'
import { Views } from './views.tsx'

/** The same views as in an instance, on what the file holds. */
export function CapsuleApp({ content, ask }: { readonly content: CapsuleContent; readonly ask: Ask }) {
  const folded = useMemo(() => foldLog(content.incidentId, content.entries), [content])
  if (!folded.ok) return <Unreadable failure={folded.failure} />
  return (
    <Frame>
      <Known incident={folded.value} content={content} ask={ask} />
    </Frame>
  )
}

interface KnownProps {
  readonly incident: Incident
  readonly content: CapsuleContent
  readonly ask: Ask
}

function Known({ incident, content, ask }: KnownProps) {
  const data = useMemo(() => capsuleData(content, ask), [content, ask])
  const damaged = useDamage(ask)
  const { manifest, entries } = content
  const facts = useMemo(
    (): IncidentFacts => ({
      incident,
      evidence: evidenceFacts(manifest),
      damaged,
      entries,
      writing: undefined,
      href: '/',
      listHref: undefined,
    }),
    [incident, manifest, damaged, entries],
  )
  const bar = useMemo(
    () => ({ home: '/', tools: <FileFacts content={content} damaged={damaged} /> }),
    [content, damaged],
  )
  useEffect(() => {
    document.title = `${visibleText(incident.title)} · Guildscope`
  }, [incident.title])
  return (
    <IncidentScope facts={facts} data={data}>
      <BarPartsContext value={bar}>
        <Views />
      </BarPartsContext>
    </IncidentScope>
  )
}

/** The file says what it is, and what to do about it. */
export function Unreadable({ failure }: { readonly failure: Failure }) {
  return (
    <Frame>
      <BarPartsContext value={{ home: '/', tools: undefined }}>
        <PageFrame crumbs={[{ label: 'Incident' }]}>
          <PanelState kind="failed" failure={failure} />
        </PageFrame>
      </BarPartsContext>
    </Frame>
  )
}

function Frame({ children }: { readonly children: ReactNode }) {
  const [client] = useState(makeQueryClient)
  const help = useSyncExternalStore(layers.subscribe, layers.isOpen.help)
  return (
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={client}>
        {children}
        <HelpDialog open={help} />
        <Announcer />
      </QueryClientProvider>
    </CSPProvider>
  )
}
