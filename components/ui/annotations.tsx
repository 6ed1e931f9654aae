'use client'
import { createContext, useContext } from 'react'
import type { Pin } from '@/lib/model/incident.ts'

/** A note or marker as the views show it: a number (a name for markers) and the first words. */
export interface Annotation {
  readonly id: string
  readonly kind: 'note' | 'marker'
  /** `3`; of markers the label. */
  readonly label: string
  /** In words, for whoever cannot see where it stands: `Note 3 at 10:05: it began here`. */
  readonly words: string
  readonly pin: Pin
}

/** What people wrote about the data that the views below show. */
export interface Annotations {
  readonly items: readonly Annotation[]
  /** The one that is being read. */
  readonly focused: string | undefined
  readonly focus: (id: string) => void
  /** Begins a note; undefined for whoever may only read. */
  readonly add: ((pin: Pin) => void) | undefined
}

/** Undefined outside incidents. */
export const AnnotationsContext = createContext<Annotations | undefined>(undefined)

export function useAnnotations(): Annotations | undefined {
  return useContext(AnnotationsContext)
}
