import { useEffect, useState } from 'react'
import type { Ask } from '@/lib/client/capsule-engine.ts'
import type { Damage } from '@/lib/evidence/answers.ts'

/** After the first picture: checking every piece must not delay it. */
const CHECK_AFTER_MS = 1_000

/** Pieces of the file that are not as they were written; known a moment after it was opened. */
export function useDamage(ask: Ask): readonly Damage[] {
  const [damaged, setDamaged] = useState<readonly Damage[]>([])
  useEffect(() => {
    const timer = setTimeout(() => {
      void ask({ kind: 'check' }).then((result) => {
        if (!result.ok) setDamaged([{ what: 'The evidence', why: result.failure.what }])
        else if (result.value.kind === 'check') setDamaged(result.value.value)
      })
    }, CHECK_AFTER_MS)
    return () => clearTimeout(timer)
  }, [ask])
  return damaged
}
