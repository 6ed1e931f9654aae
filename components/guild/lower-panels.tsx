'use client'
import { ResizeHandle } from '@/components/ui/resize-handle.tsx'
import type { Zone } from '@/lib/base/format.ts'
import { useSize } from './canvas-layer.tsx'
import { FlamePanel } from './flame-panel.tsx'
import type { GuildView, RangeMs } from './guild-view.ts'
import { TracesPanel } from './traces-panel.tsx'
import { selectionWords } from './words.ts'

export interface LowerPanelsProps {
  readonly guildId: string
  readonly view: GuildView
  readonly range: RangeMs
  readonly selection: RangeMs | undefined
  readonly live: boolean
  readonly zone: Zone
  readonly move: (patch: Partial<GuildView>) => void
  readonly slide: (patch: Partial<GuildView>) => void
}

/** What the selection was made of: where the time went, and which traces there are. Stacked where there is no room beside. */
export function LowerPanels(props: LowerPanelsProps) {
  const { view, range, selection, zone, slide } = props
  const [ref, size] = useSize()
  const side = size.width >= 900
  const words = selectionWords(selection, range, view.action, zone)
  const flameWidth = Math.round((size.width * view.split) / 100)
  return (
    <div
      ref={ref}
      className={side ? 'flex min-h-80 flex-1 border-t border-line' : 'flex shrink-0 flex-col border-t border-line'}
    >
      {size.width > 0 && (
        <>
          <div
            className={side ? 'flex min-h-0 min-w-0 shrink-0' : 'flex h-96 min-w-0'}
            style={side ? { width: flameWidth } : undefined}
          >
            <FlamePanel {...props} words={words} />
          </div>
          {side && (
            <ResizeHandle
              label="Width of the flame graph"
              orientation="vertical"
              sizePx={flameWidth}
              minPx={Math.round(size.width * 0.2)}
              maxPx={Math.round(size.width * 0.8)}
              onResize={(px) => slide({ split: Math.round((px / size.width) * 100) })}
            />
          )}
          <div className={side ? 'flex min-h-0 min-w-0 flex-1' : 'flex min-w-0 border-t border-line'}>
            <TracesPanel {...props} words={words} />
          </div>
        </>
      )}
    </div>
  )
}
