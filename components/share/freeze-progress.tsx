'use client'
import { OctagonAlert, Snowflake } from 'lucide-react'
import { Button } from '@/components/ui/button.tsx'
import { visibleText } from '@/lib/draw/text-visible.ts'
import { type FreezeJob, freezeJob } from './freeze-job.ts'

export interface FreezeProgressProps {
  readonly job: Extract<FreezeJob, { readonly state: 'running' | 'failed' | 'cancelled' }>
  readonly onClose: () => void
}

/** How far the copying is and what it does; or why it ended. */
export function FreezeProgressView({ job, onClose }: FreezeProgressProps) {
  const title = visibleText(job.task.kind === 'freeze' ? job.task.request.title : job.task.title)
  switch (job.state) {
    case 'running': {
      const known = job.total > 0
      return (
        <div className="flex flex-col gap-3 p-4">
          <p className="flex items-start gap-2">
            <Snowflake size={16} aria-hidden className="mt-0.5 shrink-0 text-accent" />
            <span className="min-w-0 wrap-anywhere">{title}</span>
          </p>
          <progress
            aria-label="Freezing"
            className="h-2 w-full"
            max={known ? job.total : undefined}
            value={known ? job.done : undefined}
          />
          <p role="status" className="min-h-5 text-table text-text-2 tabular-nums">
            {job.words}
            {known && ` (${Math.floor((100 * Math.min(job.done, job.total)) / job.total)} %)`}
          </p>
          <div className="flex flex-wrap items-center gap-2">
            <Button onClick={() => freezeJob.cancel()} disabled={job.cancelling}>
              Cancel: keep nothing
            </Button>
            {/* What had the focus is gone with the form; an Enter too many must not cancel. */}
            <Button tone="plain" onClick={onClose} autoFocus>
              Go on behind
            </Button>
          </div>
        </div>
      )
    }
    case 'cancelled':
      return (
        <div className="flex flex-col items-start gap-3 p-4">
          <p role="status">Cancelled. Nothing was kept.</p>
          <Button onClick={() => freezeJob.forget()} autoFocus>
            Back to what to freeze
          </Button>
        </div>
      )
    case 'failed':
      return (
        <div role="alert" className="flex flex-col items-start gap-3 p-4">
          <p className="flex items-start gap-2">
            <OctagonAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-bad" />
            <span>{job.failure.what}</span>
          </p>
          <p className="text-text-2">{job.failure.tryThis}</p>
          <p className="text-table text-text-3">Source: {job.failure.source}. Nothing half-made was kept.</p>
          <div className="flex flex-wrap items-center gap-2">
            <Button tone="accent" onClick={() => freezeJob.start(job.task)} autoFocus>
              Try again
            </Button>
            <Button onClick={() => freezeJob.forget()}>Back to what to freeze</Button>
          </div>
        </div>
      )
  }
}
