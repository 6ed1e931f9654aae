'use client'
import { useEffect, useRef, useState } from 'react'
import { failureOf } from '@/components/ui/failure.ts'
import type { Failure } from '@/lib/base/result.ts'
import { enterAsGuest } from '@/lib/client/access.ts'
import { PlainFrame } from './plain-frame.tsx'

const NO_SECRET: Failure = {
  kind: 'bad-request',
  source: 'guest link',
  what: 'This guest link lost its end.',
  tryThis: 'The part after the # is the key; copy the link whole, and open it in the same window only once.',
}

/** Takes the secret out of the fragment (and the address bar), exchanges it for a cookie, and leads to the incident. */
export function GuestEntry({ linkId }: { readonly linkId: string }) {
  const [failure, setFailure] = useState<Failure | undefined>(undefined)
  // Effects run twice in development; the fragment is there only once.
  const begun = useRef(false)
  useEffect(() => {
    const enter = () => {
      const secret = location.hash.slice(1)
      if (secret === '' && begun.current) return
      begun.current = true
      history.replaceState(null, '', location.pathname)
      setFailure(secret === '' ? NO_SECRET : undefined)
      if (secret === '') return
      enterAsGuest(linkId, secret).then(
        // A whole load: whatever this tab knew as somebody else is gone, and the guest link leaves its history.
        ({ incidentId }) => location.replace(`/incidents/${encodeURIComponent(incidentId)}`),
        (error) => setFailure(failureOf(error)),
      )
    }
    enter()
    // The whole link, pasted where a cut one stood, loads nothing anew.
    window.addEventListener('hashchange', enter)
    return () => window.removeEventListener('hashchange', enter)
  }, [linkId])
  if (failure === undefined)
    return (
      <PlainFrame title="Opening the incident …">
        <p>The link is being checked.</p>
      </PlainFrame>
    )
  return (
    <PlainFrame title="This link does not open">
      <p role="alert">{failure.what}</p>
      <p>{failure.tryThis}</p>
    </PlainFrame>
  )
}
