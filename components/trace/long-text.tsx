'use client'
import { CopyButton } from '@/components/ui/copy-button.tsx'
import { formatExact } from '@/lib/base/format.ts'
import { visibleLines } from '@/lib/draw/text-visible.ts'
import { useKeptDetail } from './use-kept-detail.ts'

const SHOWN = 400
/** Beyond this even "show all" shows a part: the rest is for the clipboard. */
const MOST = 200_000

export interface LongTextProps {
  readonly text: string
  /** For the copy button: "tracestate". */
  readonly what: string
  /** Its place among the span's details, for the address. */
  readonly name: string
}

/** A value of any size, as text: controls visible, long ones cut until asked for. */
export function LongText({ text, what, name }: LongTextProps) {
  const [opened, setOpened] = useKeptDetail(name)
  const all = opened !== ''
  const cut = !all && text.length > SHOWN
  const shown = cut ? text.slice(0, SHOWN) : text.slice(0, MOST)
  return (
    <span className="group/value relative block min-w-0 pr-7">
      <span dir="ltr" className="block font-mono text-axis wrap-anywhere whitespace-pre-wrap [unicode-bidi:isolate]">
        {text === '' ? <span className="font-sans text-text-3">(empty)</span> : visibleLines(shown)}
        {cut && '…'}
      </span>
      {text.length > SHOWN && (
        <button type="button" className="text-axis text-accent underline" onClick={() => setOpened(all ? '' : '1')}>
          {all ? 'Show less' : `Show all ${formatExact(text.length)} characters`}
        </button>
      )}
      {all && text.length > MOST && (
        <span className="block text-axis text-text-2">
          Showing {formatExact(MOST)} of {formatExact(text.length)} characters; copying takes all.
        </span>
      )}
      <span className="absolute -top-1 right-0 opacity-0 group-focus-within/value:opacity-100 group-hover/value:opacity-100 pointer-coarse:opacity-100">
        <CopyButton text={text} what={what} />
      </span>
    </span>
  )
}
