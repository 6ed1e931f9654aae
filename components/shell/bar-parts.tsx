'use client'
import { createContext, type ReactNode, useContext } from 'react'
import { LiveTools } from './live-tools.tsx'

/** What of the bar depends on where the views stand: in an instance, in an exported file. */
export interface BarParts {
  /** Where the mark leads. */
  readonly home: string
  /** Between the page's own controls and zone, theme, help. */
  readonly tools: ReactNode
}

/** An instance's own bar unless somebody says otherwise. */
export const BarPartsContext = createContext<BarParts>({ home: '/', tools: <LiveTools /> })

export function useBarParts(): BarParts {
  return useContext(BarPartsContext)
}
