'use client'
import { createContext, useCallback, useContext, useSyncExternalStore } from 'react'
import type { Topic, WaterfallModel } from './waterfall-model.ts'

export const ModelContext = createContext<WaterfallModel | undefined>(undefined)

export function useModel(): WaterfallModel {
  const model = useContext(ModelContext)
  if (model === undefined) throw new Error('outside of a waterfall')
  return model
}

/** What components listen to, by what they show. */
const TOPICS = {
  rows: ['rows'],
  window: ['window'],
  find: ['find'],
  selection: ['selection'],
  selectedRow: ['selection', 'rows'],
  hover: ['hover', 'rows', 'window'],
} as const satisfies Record<string, readonly Topic[]>

/** Re-renders when `read` answers something else after `about` changed; `read` returns a primitive or a stable object. */
export function useModelValue<T>(model: WaterfallModel, about: keyof typeof TOPICS, read: () => T): T {
  const subscribe = useCallback(
    (listener: () => void) => {
      const ends = TOPICS[about].map((topic) => model.subscribe(topic, listener))
      return () => {
        for (const end of ends) end()
      }
    },
    [model, about],
  )
  return useSyncExternalStore(subscribe, read, read)
}
