'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Check, Copy, UserPlus } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { Dialog } from '@/components/ui/dialog.tsx'
import { failureOf } from '@/components/ui/failure.ts'
import { PanelState } from '@/components/ui/panel.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { Status } from '@/components/ui/status.tsx'
import { formatDate, formatExact, formatMinute, zoneName } from '@/lib/base/format.ts'
import { fetchGuestLinks, fetchSession, makeGuestLink, revokeGuestLink } from '@/lib/client/incidents.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import { type GuestLink, LINK_NOTE_MAX } from '@/lib/model/guest-link.ts'
import { authorWords } from './entry-words.ts'
import { RedactionTable, useRedaction } from './redaction.tsx'

const HOURS = [
  { hours: 24, words: 'a day' },
  { hours: 24 * 7, words: 'a week' },
  { hours: 24 * 30, words: '30 days' },
  { hours: 24 * 90, words: '90 days' },
] as const

/** Links that show this incident, and nothing else, to whoever holds them. */
export function GuestLinksButton({ incidentId }: { readonly incidentId: string }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button onClick={() => setOpen(true)} title="A link that shows this incident to somebody without access">
        <UserPlus size={14} aria-hidden />
        <span className="max-sm:sr-only">Guest link</span>
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title="Guest links" className="w-[min(52rem,calc(100vw-1.5rem))]">
        {open && <Guests incidentId={incidentId} />}
      </Dialog>
    </>
  )
}

function Guests({ incidentId }: { readonly incidentId: string }) {
  const session = useQuery({ queryKey: ['session'], queryFn: ({ signal }) => fetchSession(signal) })
  if (session.isError) {
    return <PanelState kind="failed" failure={failureOf(session.error)} retry={() => void session.refetch()} />
  }
  if (session.data === undefined) return <PanelState kind="loading" waitsFor="what may be done here" />
  const { may } = session.data
  return (
    <div className="flex min-h-0 flex-col gap-3 overflow-y-auto p-4">
      {may.guestLinks ? (
        <NewLink incidentId={incidentId} />
      ) : (
        <Status kind="warn">{may.whyNoGuestLinks ?? 'Guest links cannot be made on this instance.'}</Status>
      )}
      <Links incidentId={incidentId} />
    </div>
  )
}

function NewLink({ incidentId }: { readonly incidentId: string }) {
  const client = useQueryClient()
  const redaction = useRedaction(incidentId)
  const [hours, setHours] = useState<number>(HOURS[1].hours)
  const [note, setNote] = useState('')
  const [made, setMade] = useState<string | undefined>(undefined)
  const [state, setState] = useState<{ readonly busy: boolean; readonly why?: string }>({ busy: false })
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (redaction.redact === undefined) return
    setState({ busy: true })
    try {
      const answer = await makeGuestLink(incidentId, { expiresHours: hours, note, redact: redaction.redact })
      setMade(answer.url ?? window.location.origin + answer.path)
      setNote('')
      setState({ busy: false })
      void client.invalidateQueries({ queryKey: ['guest links', incidentId] })
    } catch (error) {
      const { what, tryThis } = failureOf(error)
      setState({ busy: false, why: `${what} ${tryThis}` })
    }
  }
  if (made !== undefined) {
    return (
      <div className="flex flex-col gap-2">
        <p role="status">This link is shown once. Whoever holds it sees this incident until it ends or is revoked.</p>
        <p className="flex flex-wrap items-center gap-1.5">
          <input
            readOnly
            value={made}
            aria-label="The guest link"
            onFocus={(event) => event.target.select()}
            className="h-8 min-w-0 flex-1 rounded-control border border-control-line bg-bg px-2 font-mono text-table pointer-coarse:h-10"
          />
          <CopyLink text={made} />
        </p>
        <Button className="self-start" onClick={() => setMade(undefined)}>
          Done
        </Button>
      </div>
    )
  }
  return (
    <form className="flex flex-col gap-3" onSubmit={(event) => void submit(event)}>
      <div className="flex flex-wrap items-end gap-3">
        <label className="flex flex-col gap-1 text-table text-text-2">
          Ends after
          <select
            value={hours}
            onChange={(event) => setHours(Number(event.target.value))}
            className="h-7 rounded-control border border-control-line bg-bg px-1 text-text pointer-coarse:h-10"
          >
            {HOURS.map((choice) => (
              <option key={choice.hours} value={choice.hours}>
                {choice.words}
              </option>
            ))}
          </select>
        </label>
        <label className="flex min-w-60 flex-1 flex-col gap-1 text-table text-text-2">
          For whom (only you see it)
          <input
            value={note}
            maxLength={LINK_NOTE_MAX}
            onChange={(event) => setNote(event.target.value)}
            className="h-7 rounded-control border border-control-line bg-bg px-2 text-ui text-text pointer-coarse:h-10 pointer-coarse:text-[1rem]"
          />
        </label>
      </div>
      <h3 className="font-semibold">What the guest does not get</h3>
      <RedactionTable use={redaction} />
      <p className="text-text-2">
        {redaction.redact?.length === 0
          ? 'Nothing is taken out: the guest sees the incident as it goes on, with later notes.'
          : 'The guest sees a copy that is made now, in which what is dropped or hashed is really absent, also in titles and notes. Later notes and evidence are not in it.'}
      </p>
      {state.why !== undefined && <Status kind="bad">{state.why}</Status>}
      <Button
        tone="accent"
        type="submit"
        className="self-start"
        disabled={state.busy || redaction.redact === undefined}
      >
        {state.busy ? 'Making the link …' : 'Make a guest link'}
      </Button>
    </form>
  )
}

function CopyLink({ text }: { readonly text: string }) {
  const [copied, setCopied] = useState<'yes' | 'refused' | undefined>(undefined)
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setCopied('yes'),
      // Plain http from another machine has no clipboard.
      () => setCopied('refused'),
    )
  return (
    <>
      <Button tone="accent" autoFocus onClick={() => void copy()}>
        {copied === 'yes' ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
        {copied === 'yes' ? 'Copied' : 'Copy'}
      </Button>
      <span role="status" className="text-table text-warn empty:hidden">
        {copied === 'refused' && 'The browser did not allow copying: select the link and copy it by hand.'}
      </span>
    </>
  )
}

function Links({ incidentId }: { readonly incidentId: string }) {
  const client = useQueryClient()
  const links = useQuery({
    queryKey: ['guest links', incidentId],
    queryFn: ({ signal }) => fetchGuestLinks(incidentId, signal),
  })
  const [why, setWhy] = useState('')
  const revoke = async (link: GuestLink) => {
    try {
      await revokeGuestLink(incidentId, link.linkId)
      setWhy('')
    } catch (error) {
      setWhy(failureOf(error).what)
    }
    void client.invalidateQueries({ queryKey: ['guest links', incidentId] })
  }
  if (links.data === undefined || links.data.length === 0) return undefined
  return (
    <section aria-label="Links that were made" className="flex flex-col">
      <h3 className="font-semibold">Links that were made</h3>
      {why !== '' && <Status kind="bad">{why}</Status>}
      <ul>
        {links.data.map((link) => (
          <Made key={link.linkId} link={link} onRevoke={() => void revoke(link)} />
        ))}
      </ul>
    </section>
  )
}

function Made({ link, onRevoke }: { readonly link: GuestLink; readonly onRevoke: () => void }) {
  const { zone } = usePreferences()
  const at = (ms: number) => `${formatDate(ms, zone)} ${formatMinute(ms, zone)} ${zoneName(zone)}`
  const over = link.revokedMs !== undefined || link.expiresMs <= Date.now()
  const opens = link.opens === 1 ? 'opened once' : `opened ${formatExact(link.opens)} times`
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line py-1 text-table">
      <span className="min-w-0 wrap-anywhere">{link.note === '' ? 'No note' : visibleText(link.note)}</span>
      <span className="text-text-2">
        by {authorWords(link.createdBy)} ·{' '}
        {link.revokedMs !== undefined
          ? `revoked ${at(link.revokedMs)}`
          : `${over ? 'ended' : 'ends'} ${at(link.expiresMs)}`}
        {' · '}
        {link.lastOpenedMs === undefined ? 'not opened yet' : `${opens}, last ${at(link.lastOpenedMs)}`}
        {link.redacted.length > 0 &&
          ` · ${link.redacted.map(({ key, how }) => `${visibleText(key)} ${how}`).join(', ')}`}
      </span>
      {!over && (
        <Button className="ml-auto" onClick={onRevoke}>
          Revoke
        </Button>
      )}
    </li>
  )
}
