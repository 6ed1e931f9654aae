'use client'
import './globals.css'

/** The frame itself failed: nothing of it may be used here. */
export default function GlobalError({
  error,
  reset,
}: {
  readonly error: Error & { digest?: string }
  readonly reset: () => void
}) {
  return (
    <html lang="en">
      <body className="flex max-w-prose flex-col items-start gap-3 p-6">
        <title>Guildscope failed</title>
        <h1 className="text-title font-semibold">Guildscope failed</h1>
        <p>It is a fault in the program; nothing that was stored is lost. Reload, or go back to the list of guilds.</p>
        <p className="font-mono text-table break-words text-text-2">
          {error.message}
          {error.digest !== undefined && ` (${error.digest}, see the server’s log)`}
        </p>
        <p className="flex gap-4">
          <button type="button" onClick={reset} className="text-accent underline">
            Try again
          </button>
          {/* A full load: the router may be what failed. */}
          <a href="/" className="text-accent underline">
            All guilds
          </a>
        </p>
      </body>
    </html>
  )
}
