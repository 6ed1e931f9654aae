'use client'
import { useQuery } from '@tanstack/react-query'
import { LogOut } from 'lucide-react'
import type { ReactNode } from 'react'
import { fetchSession, signOut } from '@/lib/client/access.ts'

export interface SignOutCommand {
  readonly label: string
  readonly hint: string
  readonly icon: ReactNode
  readonly run: () => void
}

/** For the search: the way out, where somebody has signed in. The page is loaded anew, so that nothing of before stays in it. */
export function useSignOut(): readonly SignOutCommand[] {
  const { data } = useQuery({ queryKey: ['session'], queryFn: ({ signal }) => fetchSession(signal), staleTime: 30_000 })
  if (data?.mode !== 'token' || data.you.kind !== 'owner') return []
  return [
    {
      label: 'Sign out',
      hint: `you are ${data.you.author.name}`,
      icon: <LogOut size={15} aria-hidden />,
      run: () => void signOut().finally(() => location.reload()),
    },
  ]
}
