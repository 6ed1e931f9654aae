'use client'
/**
 * The one place where views meet what moves between pages: here Next's router. An exported file has no server to route, so its
 * bundle puts `components/capsule/navigation.tsx` in this module's place (same names), which keeps path and query in the
 * fragment. Views import from here and never from `next/link` or `next/navigation` (scripts/check-layers.mjs).
 */
import NextLink from 'next/link'
import { useRouter, useSearchParams } from 'next/navigation'
import { type ComponentProps, useCallback, useRef } from 'react'
import { withSources } from '@/lib/view/chosen-sources.ts'
import type { Host } from '@/lib/view/view-store.ts'
import { leaving } from './leaving.ts'
import { useViewData } from './view-data.tsx'

export interface LinkProps extends Omit<ComponentProps<'a'>, 'href'> {
  /** A path of this application with its query string. */
  readonly href: string
}

/** Nothing is fetched before it is followed: every page is made for its reader, so fetching ahead brings little and competes with this one. */
export function Link(props: LinkProps) {
  const { chosen } = useViewData()
  return (
    <NextLink
      {...props}
      href={withSources(props.href, chosen)}
      prefetch={false}
      onClick={(event) => {
        props.onClick?.(event)
        const elsewhere = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey
        if (!event.defaultPrevented && !elsewhere) leaving.tell()
      }}
    />
  )
}

/** Goes to a path of this application; Back returns. Always the same function. */
export function useNavigate(): (href: string) => void {
  const router = useRouter()
  const { chosen } = useViewData()
  const now = useRef(chosen)
  now.current = chosen
  return useCallback(
    (href: string) => {
      leaving.tell()
      router.push(withSources(href, now.current))
    },
    [router],
  )
}

/** The address's query string, `?…` or ''; renders again when a link leads to the same page with other parameters. */
export function useSearch(): string {
  const params = useSearchParams()
  return params.size === 0 ? '' : `?${params}`
}

/** Where the address is read and written. In the browser only. */
export function pageHost(): Host {
  return window
}
