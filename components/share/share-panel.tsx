'use client'
import { Check, Snowflake, TriangleAlert } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { announce } from '@/components/ui/announce.tsx'
import { Button } from '@/components/ui/button.tsx'
import { failureOf } from '@/components/ui/failure.ts'
import { pageHost } from '@/components/ui/navigation.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { browserViewStore } from '@/components/ui/use-view-state.ts'
import type { Failure } from '@/lib/base/result.ts'
import { type Address, addressOf, markdownLink, viewLink } from './link.ts'
import { useKeepWords } from './use-keep-words.ts'
import type { ShareableView } from './view.ts'

export interface SharePanelProps {
  readonly view: ShareableView
  /** Left out where nothing can be frozen. */
  readonly onFreeze: (() => void) | undefined
}

type Copied = 'link' | 'markdown' | 'refused' | undefined

/** What Share opens: the link is copied at once, and stands in a field for browsers that refuse. */
export function SharePanel({ view, onFreeze }: SharePanelProps) {
  const { zone } = usePreferences()
  const keeps = useKeepWords(view)
  const field = useRef<HTMLInputElement>(null)
  const [address, setAddress] = useState<Address | undefined>(undefined)
  const [failure, setFailure] = useState<Failure | undefined>(undefined)
  const [copied, setCopied] = useState<Copied>(undefined)
  const [attempt, setAttempt] = useState(0)
  const live = view.absolute !== undefined

  const copy = async (text: string, as: 'link' | 'markdown') => {
    try {
      await navigator.clipboard.writeText(text)
      setCopied(as)
      announce(as === 'link' ? 'Link copied.' : 'Markdown link copied.')
    } catch {
      // Plain http from another machine has no clipboard; a policy may forbid it.
      setCopied('refused')
      field.current?.select()
    }
  }

  // The moment of opening is what is shared: what goes on live behind the panel does not change the link.
  const first = useRef({ view, zone, copy })
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt asks again
  useEffect(() => {
    let closed = false
    const { view, zone, copy } = first.current
    const store = browserViewStore()
    store.flush()
    setFailure(undefined)
    addressOf(viewLink(pageHost().location.pathname, store.search(), zone, view.absolute), window.location.origin).then(
      (made) => {
        if (closed) return undefined
        setAddress(made)
        return copy(made.href, 'link')
      },
      (error: unknown) => {
        if (!closed) setFailure(failureOf(error))
      },
    )
    return () => {
      closed = true
    }
  }, [attempt])

  return (
    <div className="flex w-96 max-w-full flex-col gap-3 p-3">
      {failure === undefined ? (
        <>
          <div className="flex items-center gap-1.5">
            <input
              ref={field}
              readOnly
              value={address?.href ?? ''}
              placeholder="Making the link …"
              aria-label="Link to this view"
              onFocus={(event) => event.currentTarget.select()}
              className="h-7 min-w-0 flex-1 rounded-control border border-control-line bg-transparent px-2 font-mono text-axis outline-none focus:border-accent pointer-coarse:h-10"
            />
            <Button
              tone="accent"
              disabled={address === undefined}
              onClick={() => address !== undefined && void copy(address.href, 'link')}
            >
              {copied === 'link' && <Check size={14} aria-hidden />}
              {copied === 'link' ? 'Copied' : 'Copy'}
            </Button>
          </div>
          <Button
            disabled={address === undefined}
            onClick={() => address !== undefined && void copy(markdownLink(view.words, address.href), 'markdown')}
          >
            {copied === 'markdown' && <Check size={14} aria-hidden />}
            {copied === 'markdown' ? 'Copied as Markdown' : 'Copy as Markdown'}
          </Button>
          {copied === 'refused' && (
            <p role="alert" className="text-table text-warn">
              The browser did not allow copying. The link is selected above: copy it by hand.
            </p>
          )}
          <div className="flex flex-col gap-1 text-table text-text-2">
            <p>The link shows exactly this view, in this time zone{live ? ', held still at this moment' : ''}.</p>
            {address?.stored === true && (
              <p>
                The view is too long for an address, so it is stored on this server and the link is a short one to it.
              </p>
            )}
          </div>
        </>
      ) : (
        <div role="alert" className="flex flex-col items-start gap-2 text-table text-text-2">
          <p className="text-text">
            This view is too long for an address, and it could not be stored under a short one. {failure.what}
          </p>
          <p>{failure.tryThis}</p>
          <Button onClick={() => setAttempt(attempt + 1)}>Try again</Button>
        </div>
      )}
      {(keeps.length > 0 || onFreeze !== undefined) && (
        <div className="flex flex-col items-start gap-2 border-t border-line pt-3 text-table">
          {keeps.map((sentence) => (
            <p key={sentence} className="flex gap-1.5">
              {onFreeze !== undefined && <TriangleAlert size={14} aria-hidden className="mt-px shrink-0 text-warn" />}
              {sentence}
            </p>
          ))}
          {onFreeze !== undefined && (
            <Button onClick={onFreeze}>
              <Snowflake size={14} aria-hidden />
              Freeze as incident
            </Button>
          )}
        </div>
      )}
    </div>
  )
}
