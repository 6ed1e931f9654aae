'use client'
import { createContext, useContext, useState } from 'react'
import { browserViewStore } from '@/components/ui/use-view-state.ts'
import { withParam } from '@/lib/view/view-state.ts'

/** The span whose details are shown: what is opened in them is opened of this one only. */
export const DetailsOfContext = createContext<number | undefined>(undefined)

const PARAM = 'd'
const LONGEST = 200

/**
 * What of a span's details is filtered or opened, by a name within them; '' where nothing is. Kept in the address as
 * `d=<span>~<name>=<value>&…`.
 */
export function useKeptDetail(name: string): readonly [string, (value: string) => void] {
  const span = useContext(DetailsOfContext)
  const [value, setValue] = useState(() => readDetails(span).get(name) ?? '')
  const set = (given: string) => {
    const next = given.slice(0, LONGEST)
    setValue(next)
    if (span === undefined) return
    const all = readDetails(span)
    if (next === '') all.delete(name)
    else all.set(name, next)
    const store = browserViewStore()
    store.replace(withParam(store.search(), PARAM, all.size === 0 ? undefined : `${span}~${all}`))
  }
  return [value, set]
}

function readDetails(span: number | undefined): URLSearchParams {
  const text = new URLSearchParams(browserViewStore().search()).get(PARAM) ?? ''
  const [of, rest] = [text.slice(0, text.indexOf('~')), text.slice(text.indexOf('~') + 1)]
  return new URLSearchParams(span !== undefined && of === String(span) ? rest : '')
}
