'use client'
import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { announce, toast } from './announce.tsx'
import { IconButton } from './button.tsx'

/** Puts `text` on the clipboard; `what` names it: "trace id". */
export function CopyButton({ text, what, className }: CopyButtonProps) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1_500)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setCopied(true)
      announce(`Copied ${what}.`)
    } catch {
      // Plain http from another machine has no clipboard.
      toast(`The browser did not allow copying the ${what}; select it and copy by hand.`)
    }
  }
  return (
    <IconButton label={`Copy ${what}`} title={`Copy ${what}`} onClick={copy} className={className}>
      {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
    </IconButton>
  )
}

export interface CopyButtonProps {
  readonly text: string
  readonly what: string
  readonly className?: string
}
