'use client'
import dynamic from 'next/dynamic'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { layers } from './layers.ts'

/** No page waits for the palette; it is fetched when the page is at rest, so that it is there when it is asked for. */
const loadPalette = () => import('./palette.tsx')
const PRELOAD_AFTER_MS = 1_500
// Neither is needed until it is asked for.
const Palette = dynamic(() => loadPalette().then((module) => module.Palette), { ssr: false })
const HelpDialog = dynamic(() => import('./help-dialog.tsx').then((module) => module.HelpDialog), { ssr: false })

/** The frame's own floating layers, over every page. Once used they stay, so that closing can give the focus back. */
export function FrameLayers() {
  const palette = useSyncExternalStore(layers.subscribe, layers.isOpen.palette, layers.closed)
  const help = useSyncExternalStore(layers.subscribe, layers.isOpen.help, layers.closed)
  const [used, setUsed] = useState({ palette, help })
  if ((palette && !used.palette) || (help && !used.help)) {
    setUsed({ palette: used.palette || palette, help: used.help || help })
  }
  useEffect(() => {
    const timer = setTimeout(() => {
      // Opening it asks again, and says what failed then.
      loadPalette().catch(() => undefined)
    }, PRELOAD_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <>
      {used.palette && <Palette open={palette} />}
      {used.help && <HelpDialog open={help} />}
    </>
  )
}
