'use client'
import { CSPProvider } from '@base-ui/react/csp-provider'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Announcer } from '@/components/ui/announce.tsx'
import { ApiFailure } from '@/lib/client/api.ts'
import { FrameLayers } from './frame-layers.tsx'

const RETRYABLE: ReadonlySet<string> = new Set(['busy', 'unavailable'])

function makeClient(): QueryClient {
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

/** What every page stands in. */
export function Providers({ nonce, children }: { readonly nonce: string | undefined; readonly children: ReactNode }) {
  const [client] = useState(makeClient)
  return (
    <CSPProvider nonce={nonce} disableStyleElements>
      <QueryClientProvider client={client}>
        {children}
        <FrameLayers />
        <Announcer />
      </QueryClientProvider>
    </CSPProvider>
  )
}
