import { QueryClient } from '@tanstack/react-query'
import { ApiFailure } from '@/lib/client/api.ts'

const RETRYABLE: ReadonlySet<string> = new Set(['busy', 'unavailable'])

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 2_000,
        refetchOnWindowFocus: true,
        retry: (count, error) => count < 1 && error instanceof ApiFailure && RETRYABLE.has(error.failure.kind),
      },
    },
  })
}
