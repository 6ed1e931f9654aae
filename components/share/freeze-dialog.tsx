'use client'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { toast } from '@/components/ui/announce.tsx'
import { Dialog } from '@/components/ui/dialog.tsx'
import { useNavigate } from '@/components/ui/navigation.tsx'
import { SegmentedControl } from '@/components/ui/segmented-control.tsx'
import { FreezeForm } from './freeze-form.tsx'
import { freezeJob } from './freeze-job.ts'
import { FreezeProgressView } from './freeze-progress.tsx'
import { PinForm } from './pin-form.tsx'
import type { ShareableView } from './view.ts'

export interface FreezeDialogProps {
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
  readonly view: ShareableView
}

/** What to freeze, then how far it is. Closed while it works, it goes on; the header's button leads back. */
export function FreezeDialog({ open, onOpenChange, view }: FreezeDialogProps) {
  const job = useSyncExternalStore(freezeJob.subscribe, freezeJob.current, freezeJob.none)
  const navigate = useNavigate()
  const [where, setWhere] = useState<'new' | 'old'>('new')
  // What was proposed when the dialog opened stays: a live page goes on behind it.
  const [proposal, setProposal] = useState(() => view.propose?.())
  const [wasOpen, setWasOpen] = useState(open)
  if (open !== wasOpen) {
    setWasOpen(open)
    if (open && job.state === 'none') setProposal(view.propose?.())
  }

  useEffect(() => {
    if (job.state !== 'done') return
    const what = job.task.kind === 'freeze' ? 'Frozen.' : 'Pinned.'
    const missing =
      job.missing === 0
        ? 'Everything that was asked for is kept.'
        : `${job.missing} ${job.missing === 1 ? 'thing' : 'things'} could not be had; the incident says which and why.`
    toast(`${what} ${missing}`)
    freezeJob.forget()
    if (!open) return
    onOpenChange(false)
    navigate(`/incidents/${encodeURIComponent(job.incidentId)}`)
  }, [job, open, onOpenChange, navigate])

  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        // An outcome that was read is not shown again.
        if (!next) freezeJob.forget()
        onOpenChange(next)
      }}
      title={job.state === 'none' || job.task.kind === 'freeze' ? 'Freeze as incident' : 'Pin to an incident'}
    >
      {job.state !== 'none' && job.state !== 'done' ? (
        <FreezeProgressView job={job} onClose={() => onOpenChange(false)} />
      ) : proposal === undefined ? (
        <p className="p-4 text-text-2">There is nothing here to freeze yet: this view has no minutes and no trace.</p>
      ) : (
        <>
          <div className="px-4 pt-3">
            <SegmentedControl
              label="Where to"
              value={where}
              segments={[
                { value: 'new', label: 'A new incident' },
                { value: 'old', label: 'Pin to an incident there is' },
              ]}
              onChange={setWhere}
            />
          </div>
          {where === 'new' ? (
            <FreezeForm proposal={proposal} view={view} onCancel={() => onOpenChange(false)} />
          ) : (
            <PinForm proposal={proposal} onCancel={() => onOpenChange(false)} />
          )}
        </>
      )}
    </Dialog>
  )
}
