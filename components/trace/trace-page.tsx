'use client'
import { FrozenElsewhere } from '@/components/share/frozen-elsewhere.tsx'
import { useHomeCrumbs } from '@/components/shell/home-crumbs.tsx'
import { PageFrame } from '@/components/shell/page-frame.tsx'
import { PanelState } from '@/components/ui/panel.tsx'
import { formatBytes } from '@/lib/base/format.ts'
import { parseTraceId } from '@/lib/base/ids.ts'
import type { LoadProgress } from '@/lib/client/trace-loader.ts'
import { Loading } from './trace-loading.tsx'
import { OtherSources, TraceSources } from './trace-sources.tsx'
import { useTrace } from './use-trace.ts'
import { WaterfallView } from './waterfall-view.tsx'

/** The waterfall of one trace. `several`: there is more than one source that may have it. */
export function TracePage({ id, several = false }: { readonly id: string; readonly several?: boolean }) {
  const traceId = parseTraceId(id)
  if (traceId === undefined) {
    return (
      <PageFrame crumbs={[{ label: 'Trace' }]}>
        <PanelState
          kind="failed"
          failure={{
            kind: 'bad-request',
            source: 'this address',
            what: 'That is not a trace id.',
            tryThis: 'A trace id has 32 hexadecimal digits (16 are padded with zeros).',
          }}
        />
      </PageFrame>
    )
  }
  const trace = <KnownTrace traceId={traceId} />
  return several ? <TraceSources traceId={traceId}>{trace}</TraceSources> : trace
}

function KnownTrace({ traceId }: { readonly traceId: string }) {
  const home = useHomeCrumbs()
  const { state, retry } = useTrace(traceId)
  if (state.kind === 'ready') return <WaterfallView key={traceId} model={state.model} />
  const crumbs = [...home, { label: traceId.slice(0, 8), mono: true }]
  return (
    <PageFrame crumbs={crumbs}>
      {state.kind === 'failed' ? (
        <>
          <PanelState kind="failed" failure={state.failure} retry={retry} />
          <OtherSources />
          <FrozenElsewhere wanted={{ traceId }} />
        </>
      ) : (
        <Loading what={progressWords(state.progress)} share={shareOf(state.progress)} />
      )}
    </PageFrame>
  )
}

function progressWords(progress: LoadProgress | undefined): string {
  if (progress === undefined) return 'Waiting for the trace …'
  if (progress.decoding) return `${formatBytes(progress.receivedBytes)} received; building the rows …`
  const total = progress.totalBytes === undefined ? 'so far' : `of ${formatBytes(progress.totalBytes)}`
  return `${formatBytes(progress.receivedBytes)} ${total}`
}

function shareOf(progress: LoadProgress | undefined): number | undefined {
  if (progress?.totalBytes === undefined) return undefined
  return progress.receivedBytes / Math.max(1, progress.totalBytes)
}
