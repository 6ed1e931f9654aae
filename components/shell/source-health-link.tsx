'use client'
import { useQuery } from '@tanstack/react-query'
import { cx } from '@/components/ui/cx.ts'
import { Link } from '@/components/ui/navigation.tsx'
import { Status, type StatusKind } from '@/components/ui/status.tsx'
import { fetchSources, type SourcesAnswer } from '@/lib/client/api.ts'

const POLL_MS = 15_000

/** The sources' answer, shared by the bar and the sources page. */
export function useSources(pollMs = POLL_MS, enabled = true) {
  return useQuery({
    queryKey: ['sources'],
    queryFn: ({ signal }) => fetchSources(signal),
    refetchInterval: pollMs,
    enabled,
  })
}

interface Verdict {
  readonly kind: StatusKind
  readonly word: string
  /** The same where there is little room. */
  readonly short?: string
  readonly why: string
}

function verdict(answer: SourcesAnswer | undefined, failed: boolean): Verdict {
  if (failed) return { kind: 'bad', word: 'No answer', why: 'The Guildscope server does not answer.' }
  if (answer === undefined) return { kind: 'ok', word: 'Sources', why: 'Asking the sources how they are.' }
  const down = answer.sources.filter((source) => !source.ok && source.asking !== true)
  if (down.length > 0) {
    return {
      kind: 'bad',
      word: `${down.length} of ${answer.sources.length} sources down`,
      short: `${down.length} down`,
      why: down.map((source) => source.failure?.what ?? source.name).join(' '),
    }
  }
  const deaf = answer.receivers.filter((receiver) => receiver.state === 'failed')
  if (deaf.length > 0) {
    return {
      kind: 'warn',
      word: `${deaf.length} receiver${deaf.length === 1 ? '' : 's'} closed`,
      why: 'See the sources page.',
    }
  }
  const asked = answer.sources.filter((source) => source.asking === true)
  if (asked.length > 0)
    return { kind: 'warn', word: 'Sources asked', why: asked.map((source) => source.failure?.what ?? '').join(' ') }
  return { kind: 'ok', word: 'Sources up', why: 'Every source answers and every receiver listens.' }
}

/** Health of what feeds this instance, and the way to its page. */
export function SourceHealthLink() {
  const { data, isError } = useSources()
  const { kind, word, short, why } = verdict(data, isError)
  return (
    <Link
      href="/sources"
      title={why}
      className="flex h-7 shrink-0 items-center rounded-control px-1.5 text-table hover:bg-raised pointer-coarse:h-10 pointer-coarse:min-w-10 pointer-coarse:justify-center"
    >
      {data === undefined && !isError ? (
        <span className="text-text-2">{word}</span>
      ) : (
        <Status kind={kind}>
          <span className={cx(short !== undefined && 'max-sm:sr-only')}>{word}</span>
          {short !== undefined && (
            <span aria-hidden className="sm:hidden">
              {short}
            </span>
          )}
        </Status>
      )}
    </Link>
  )
}
