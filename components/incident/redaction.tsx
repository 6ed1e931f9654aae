'use client'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { failureOf } from '@/components/ui/failure.ts'
import { PanelState } from '@/components/ui/panel.tsx'
import { formatCount, formatExact } from '@/lib/base/format.ts'
import { fetchRedaction, type Redaction } from '@/lib/client/incidents.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import type { KeyUse } from '@/lib/evidence/attribute-keys.ts'

export type How = 'keep' | Redaction['how']

/** Keys shown before somebody asks for all; the proposed ones come first. */
const FEW = 12

export interface RedactionUse {
  readonly choices: ReadonlyMap<string, How>
  readonly set: (key: string, how: How) => void
  /** As the server takes it, once the keys are known. */
  readonly redact: readonly Redaction[] | undefined
  readonly query: ReturnType<typeof useKeys>
}

function useKeys(incidentId: string) {
  return useQuery({
    queryKey: ['incident redaction', incidentId],
    queryFn: ({ signal }) => fetchRedaction(incidentId, signal),
    staleTime: 60_000,
  })
}

/** What is taken out before a copy leaves: proposed keys are hashed unless somebody says otherwise. */
export function useRedaction(incidentId: string): RedactionUse {
  const query = useKeys(incidentId)
  const [chosen, setChosen] = useState<ReadonlyMap<string, How>>(new Map())
  const keys = query.data?.keys
  const choices = new Map(keys?.map(({ key, proposed }) => [key, chosen.get(key) ?? (proposed ? 'hashed' : 'keep')]))
  return {
    query,
    choices,
    set: (key, how) => setChosen((before) => new Map(before).set(key, how)),
    redact:
      keys === undefined ? undefined : [...choices].flatMap(([key, how]) => (how === 'keep' ? [] : [{ key, how }])),
  }
}

/** Every attribute key in the evidence, what it holds, and what of it the copy will hold. */
export function RedactionTable({ use }: { readonly use: RedactionUse }) {
  const { query, choices, set } = use
  const [all, setAll] = useState(false)
  if (query.isError) {
    return <PanelState kind="failed" failure={failureOf(query.error)} retry={() => void query.refetch()} />
  }
  if (query.data === undefined) return <PanelState kind="loading" waitsFor="the attributes in the evidence" />
  const { keys, damaged } = query.data
  if (keys.length === 0) return <p className="text-text-2">The evidence holds no attributes.</p>
  const proposed = keys.filter((key) => key.proposed).length
  const shown = all ? keys : keys.slice(0, Math.max(FEW, proposed))
  return (
    <div className="flex min-h-0 flex-col gap-2">
      <PanelState kind="partial" notes={damaged} />
      <section
        aria-label="Attribute keys and what becomes of them"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
        tabIndex={0}
        className="max-h-[38vh] overflow-auto border border-line"
      >
        <table className="w-full text-table">
          <thead className="sticky top-0 bg-raised text-left text-text-2">
            <tr>
              {['Attribute', 'Times', 'In the copy', 'Before → after'].map((name) => (
                <th key={name} scope="col" className="border-b border-line px-2 py-1 font-normal">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((key) => (
              <Key key={key.key} use={key} how={choices.get(key.key) ?? 'keep'} onHow={(how) => set(key.key, how)} />
            ))}
          </tbody>
        </table>
      </section>
      {shown.length < keys.length && (
        <Button className="self-start" onClick={() => setAll(true)}>
          Show all {formatExact(keys.length)} attributes
        </Button>
      )}
    </div>
  )
}

interface KeyProps {
  readonly use: KeyUse
  readonly how: How
  readonly onHow: (how: How) => void
}

function Key({ use, how, onHow }: KeyProps) {
  const example = use.examples[0]
  return (
    <tr className="border-t border-line align-top">
      <td className="px-2 py-1 font-mono wrap-anywhere">
        {visibleText(use.key)}
        {use.why.length > 0 && <span className="block font-sans text-axis text-text-2">{use.why.join(', ')}</span>}
      </td>
      <td className="px-2 py-1 text-right">{formatCount(use.count)}</td>
      <td className="px-2 py-1">
        <select
          aria-label={`What becomes of ${visibleText(use.key)}`}
          value={how}
          onChange={(event) => {
            const { value } = event.target
            onHow(value === 'hashed' || value === 'dropped' ? value : 'keep')
          }}
          className="h-7 rounded-control border border-control-line bg-bg px-1 pointer-coarse:h-10"
        >
          <option value="keep">keep</option>
          <option value="hashed">hash</option>
          <option value="dropped">drop</option>
        </select>
      </td>
      <td className="px-2 py-1 wrap-anywhere text-text-2">
        {example === undefined ? '–' : visibleText(example)} →{' '}
        <span className="text-text">
          {how === 'keep'
            ? 'the same'
            : how === 'dropped'
              ? 'nothing'
              : 'a hash, the same for equal values of this copy'}
        </span>
      </td>
    </tr>
  )
}
