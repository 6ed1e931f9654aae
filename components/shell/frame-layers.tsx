'use client'
import dynamic from 'next/dynamic'
import { useState, useSyncExternalStore } from 'react'
import { layers } from './layers.ts'

// Neither is needed until it is asked for.
const Palette = dynamic(() => import('./palette.tsx').then((module) => module.Palette), { ssr: false })
const HelpDialog = dynamic(() => import('./help-dialog.tsx').then((module) => module.HelpDialog), { ssr: false })

/** The frame's own floating layers, over every page. Once used they stay, so that closing can give the focus back. */
export function FrameLayers() {
  const palette = useSyncExternalStore(layers.subscribe, layers.isOpen.palette, layers.closed)
  const help = useSyncExternalStore(layers.subscribe, layers.isOpen.help, layers.closed)
  const [used, setUsed] = useState({ palette, help })
  if ((palette && !used.palette) || (help && !used.help)) {
    setUsed({ palette: used.palette || palette, help: used.help || help })
  }
  return (
    <>
      {used.palette && <Palette open={palette} />}
      {used.help && <HelpDialog open={help} />}
    </>
  )
}
