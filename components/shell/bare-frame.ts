'use client'
import { createContext } from 'react'

/** True in another site's frame: a view stands there without the bar, and nothing leads away within the frame. */
export const BareFrameContext = createContext(false)
