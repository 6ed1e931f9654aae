'use client'
import { useQueryClient } from '@tanstack/react-query'
import { Check, Minus } from 'lucide-react'
import { useState } from 'react'
import { announce } from '@/components/ui/announce.tsx'
import { Button } from '@/components/ui/button.tsx'
import { cx } from '@/components/ui/cx.ts'
import { failureOf } from '@/components/ui/failure.ts'
import { Panel } from '@/components/ui/panel.tsx'
import { Status } from '@/components/ui/status.tsx'
import { formatAgo } from '@/lib/base/format.ts'
import { type SourcesAnswer, trySource } from '@/lib/client/api.ts'
import type { SourceHealth } from '@/lib/sources/trace-source.ts'

/**
 * Each source: whether it answers, what it can do and cannot, how far behind it is, what went wrong of late; and a way to try it now.
 * `wide`: two beside each other, where the whole page is theirs.
 */
export function SourceList({ answer, wide }: { readonly answer: SourcesAnswer; readonly wide: boolean }) {
  // One backend can stand for both traces and timings: it is named once.
  const byName = new Map<string, SourceHealth[]>()
  for (const source of answer.sources) byName.set(source.name, [...(byName.get(source.name) ?? []), source])
  return (
    <Panel title="Sources">
      <ul className={cx(wide && 'grid grid-cols-1 border-b border-line lg:grid-cols-2')}>
        {[...byName].map(([name, health]) => (
          <Source key={name} name={name} health={health} answer={answer} wide={wide} />
        ))}
      </ul>
    </Panel>
  )
}

interface SourceProps {
  readonly name: string
  readonly health: readonly SourceHealth[]
  readonly answer: SourcesAnswer
  readonly wide: boolean
}

function Source({ name, health, answer, wide }: SourceProps) {
  const { choices, nowMs } = answer
  const { kind } = health[0]
  const gives = [
    choices.traces.some((one) => one.name === name) ? role('traces', choices.defaults.traces === name) : '',
    choices.timings.some((one) => one.name === name) ? role('timings', choices.defaults.timings === name) : '',
  ].filter((text) => text !== '')
  const version = health.find((one) => one.version !== undefined)?.version
  const failures = [...new Map(health.flatMap(({ failure }) => (failure ? [[failure.what, failure]] : []))).values()]
  const asking = health.every((one) => one.asking === true)
  const abilities = health.flatMap((one) => one.abilities ?? [])
  const facts = [...new Map(health.flatMap((one) => one.facts).map((fact) => [fact.label, fact.value]))]
  const lags = health.flatMap(({ lagMs }) => (lagMs === undefined ? [] : [lagMs]))
  const errors = [...new Map(health.flatMap((one) => one.lastErrors ?? []).map((one) => [one.atMs, one])).values()]
  return (
    <li
      className={cx(
        'flex min-w-0 flex-col gap-1.5 border-t border-line px-3 py-2',
        wide && 'lg:odd:border-r lg:odd:last:border-r-0',
      )}
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h3 className="font-semibold">{name}</h3>
        <span className="text-table text-text-2">
          {[kind === name ? '' : kind, version ?? '', gives.join(' and ')].filter((text) => text !== '').join(' · ')}
        </span>
        <span className="ml-auto flex items-center gap-3">
          {asking ? (
            <Status kind="warn">still being asked</Status>
          ) : (
            <Status kind={failures.length === 0 ? 'ok' : 'bad'}>
              {failures.length === 0 ? 'answers' : 'does not answer'}
            </Status>
          )}
          <TryIt name={name} />
        </span>
      </div>
      {failures.map((failure) => (
        <p key={failure.what} className="break-words text-text-2">
          {failure.what} {failure.tryThis}
        </p>
      ))}
      {lags.length > 0 && (
        <p className="text-table text-text-2">Newest data: {formatAgo(nowMs - Math.max(...lags), nowMs)}</p>
      )}
      {facts.length > 0 && (
        <p className="break-words text-table text-text-2">
          {facts.map(([label, value]) => `${label}: ${value}`).join(' · ')}
        </p>
      )}
      {abilities.length > 0 && (
        <ul aria-label={`What ${name} can do`} className="grid grid-cols-1 gap-x-4 gap-y-0.5 text-table sm:grid-cols-2">
          {abilities.map(({ what, can, why }) => (
            <li key={`${what} ${why ?? ''}`} className="flex items-start gap-1.5">
              {can ? (
                <Check size={14} aria-hidden className="mt-px shrink-0 text-ok" />
              ) : (
                <Minus size={14} aria-hidden className="mt-px shrink-0 text-text-3" />
              )}
              <span className="min-w-0">
                <span className="sr-only">{can ? 'Can: ' : 'Cannot: '}</span>
                {what}
                {why !== undefined && <span className="text-text-2">: {why}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
      {errors.length > 0 && (
        <details className="text-table">
          <summary className="cursor-pointer py-1 text-text-2 pointer-coarse:py-3">
            Last errors ({errors.length}), newest {formatAgo(errors[0].atMs, nowMs)}
          </summary>
          <ul className="flex flex-col gap-0.5 pl-3">
            {errors.map(({ atMs, what }) => (
              <li key={atMs} className="break-words">
                <span className="text-text-2">{formatAgo(atMs, nowMs)}</span> {what}
              </li>
            ))}
          </ul>
        </details>
      )}
    </li>
  )
}

function role(what: string, isDefault: boolean): string {
  return isDefault ? `${what} (default)` : what
}

/** Asks the source now; what it says takes the place of what was known. */
function TryIt({ name }: { readonly name: string }) {
  const client = useQueryClient()
  const [state, setState] = useState<'idle' | 'asking'>('idle')
  const run = async () => {
    setState('asking')
    try {
      const health = await trySource(name)
      const bad = health.find((one) => !one.ok)
      announce(bad === undefined ? `${name} answers.` : (bad.failure?.what ?? `${name} does not answer.`))
      client.setQueryData<SourcesAnswer>(['sources'], (old) =>
        old === undefined ? old : { ...old, sources: [...others(old.sources, name), ...health] },
      )
      await client.invalidateQueries({ queryKey: ['sources'] })
    } catch (error) {
      announce(failureOf(error).what)
    } finally {
      setState('idle')
    }
  }
  return (
    <Button onClick={run} disabled={state === 'asking'} title={`Ask ${name} now; it has 15 seconds`}>
      {state === 'asking' ? 'Asking …' : 'Try it'}
      <span className="sr-only"> ({name})</span>
    </Button>
  )
}

function others(sources: readonly SourceHealth[], name: string): readonly SourceHealth[] {
  return sources.filter((one) => one.name !== name)
}
