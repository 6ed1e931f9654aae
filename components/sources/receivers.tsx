import { Panel } from '@/components/ui/panel.tsx'
import { Status } from '@/components/ui/status.tsx'
import { formatAgo, formatBytes, formatCount, formatExact } from '@/lib/base/format.ts'
import type { SourcesAnswer } from '@/lib/client/api.ts'
import type { ReceiverStatus } from '@/lib/model/instance.ts'

const PATHS: Readonly<Record<ReceiverStatus['name'], string>> = {
  'OTLP/HTTP': '/v1/traces',
  'OTLP/gRPC': 'TraceService/Export',
  'web port': '/v1/traces and /v1/timings',
}

/** Each port that takes data in: listening, off, or the sentence that says why not. */
export function Receivers({ answer }: { readonly answer: SourcesAnswer }) {
  return (
    <Panel title="Receivers">
      <ul className="flex flex-col">
        {answer.receivers.map((receiver) => (
          <li key={receiver.name} className="flex flex-col gap-1 border-t border-line px-3 py-2">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <span className="font-semibold">{receiver.name}</span>
              <span className="font-mono text-table text-text-2">
                {receiver.port > 0 && `:${receiver.port} `}
                {PATHS[receiver.name]}
              </span>
              <span className="ml-auto flex">
                <ReceiverState receiver={receiver} />
              </span>
            </div>
            {receiver.sentence !== undefined && <p className="text-text-2">{receiver.sentence}</p>}
            {receiver.requests > 0 && (
              <p className="text-table text-text-2">
                <span title={formatExact(receiver.accepted)}>{formatCount(receiver.accepted)}</span> accepted
                {receiver.rejected > 0 && `, ${formatCount(receiver.rejected)} rejected`} in{' '}
                {formatCount(receiver.requests)} requests, {formatBytes(receiver.bytes)}
                {receiver.lastReceivedMs !== undefined && ` · last ${formatAgo(receiver.lastReceivedMs, answer.nowMs)}`}
              </p>
            )}
            {receiver.requests === 0 && receiver.state === 'listening' && (
              <p className="text-table text-text-2">Nothing has arrived since the start.</p>
            )}
            {receiver.lastError !== undefined && (
              <p className="text-table">
                <Status kind="warn">{receiver.lastError}</Status>
              </p>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function ReceiverState({ receiver }: { readonly receiver: ReceiverStatus }) {
  switch (receiver.state) {
    case 'listening':
      return <Status kind="ok">listening</Status>
    case 'failed':
      return <Status kind="bad">not listening</Status>
    case 'off':
      return <span className="text-text-2">switched off</span>
  }
}
