'use client'
import { createContext, useContext } from 'react'
import { LIVE, type ViewData } from '@/lib/client/view-data.ts'

/** Which data the views below show; the live sources unless somebody says otherwise. */
export const ViewDataContext = createContext<ViewData>(LIVE)

export function useViewData(): ViewData {
  return useContext(ViewDataContext)
}
