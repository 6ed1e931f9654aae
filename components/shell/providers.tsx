'use client'
import { CSPProvider } from '@base-ui/react/csp-provider'
import { QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Announcer } from '@/components/ui/announce.tsx'
import { FrameLayers } from './frame-layers.tsx'
import { LiveSources } from './live-sources.tsx'
import { makeQueryClient } from './query-client.ts'

/** What every page stands in. */
export function Providers({ nonce, children }: { readonly nonce: string | undefined; readonly children: ReactNode }) {
  const [client] = useState(makeQueryClient)
  return (
    <CSPProvider nonce={nonce} disableStyleElements>
      <QueryClientProvider client={client}>
        <LiveSources>
          {children}
          <FrameLayers />
        </LiveSources>
        <Announcer />
      </QueryClientProvider>
    </CSPProvider>
  )
}
