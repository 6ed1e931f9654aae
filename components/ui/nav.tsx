'use client'
/** Links and moves between pages, in one place: an exported file has no router and brings its own. */
import { useRouter } from 'next/navigation'
import { useCallback } from 'react'

export { default as Link } from 'next/link'

/** Goes to another page of this application. */
export function useGo(): (href: string) => void {
  const router = useRouter()
  return useCallback((href: string) => router.push(href), [router])
}
