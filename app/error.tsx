'use client'
import { useEffect } from 'react'
import { DeadEnd } from '@/components/shell/dead-end.tsx'

export default function ErrorPage({
  error,
  reset,
}: {
  readonly error: Error & { digest?: string }
  readonly reset: () => void
}) {
  useEffect(() => console.error(error), [error])
  return (
    <DeadEnd crumb="Error" title="This page failed" retry={reset}>
      <p>
        It is a fault in Guildscope, not in your data, and nothing that was stored is lost. The address above still
        names the view you wanted.
      </p>
      <p className="font-mono text-table break-words">
        {error.message}
        {error.digest !== undefined && ` (${error.digest}, see the server’s log)`}
      </p>
    </DeadEnd>
  )
}
