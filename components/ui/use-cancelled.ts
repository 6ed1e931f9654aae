'use client'
import { type QueryKey, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

export interface Cancelled {
  readonly is: boolean
  /** Ends the queries of these keys; what they were about is not asked again by itself. */
  readonly cancel: (keys: readonly QueryKey[]) => void
  readonly again: () => void
}

/** Whether a person cancelled this `question` (what is asked, in one text). On a live page the range of the queries moves on; the question does not. */
export function useCancelled(question: string): Cancelled {
  const client = useQueryClient()
  const [cancelled, setCancelled] = useState<string>()
  return {
    is: cancelled === question,
    cancel: (keys) => {
      setCancelled(question)
      for (const queryKey of keys) void client.cancelQueries({ queryKey, exact: true })
    },
    again: () => setCancelled(undefined),
  }
}

/** What takes the place of the button that had the focus has it. */
export function focusFirst(button: HTMLButtonElement | null): void {
  if (document.activeElement === document.body) button?.focus()
}
