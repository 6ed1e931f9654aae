'use client'
import { createContext, useContext, useSyncExternalStore } from 'react'
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

let pointed: string | undefined
const listeners = new Set<() => void>()

/**
 * The note or marker under the pointer or the keyboard's focus, in the list or on the axis: both mark it, so that the eye finds from
 * one to the other. It comes and goes with the pointer, so it stands outside React and in no address.
 */
export const pointedNote = {
  current: (): string | undefined => pointed,
  point(id: string | undefined): void {
    if (pointed === id) return
    pointed = id
    for (const listener of listeners) listener()
  },
  subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  },
} as const

export function usePointedNote(): string | undefined {
  return useSyncExternalStore(pointedNote.subscribe, pointedNote.current, () => undefined)
}

/** For the element that stands for the note `id`. */
export function pointsAt(id: string) {
  const on = () => pointedNote.point(id)
  const off = () => {
    if (pointed === id) pointedNote.point(undefined)
  }
  return { onPointerEnter: on, onPointerLeave: off, onFocus: on, onBlur: off } as const
}
