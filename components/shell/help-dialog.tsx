'use client'
import { Dialog } from '@/components/ui/dialog.tsx'
import { Kbd } from '@/components/ui/kbd.tsx'
import { layers } from './layers.ts'
import { useShortcutLists } from './shortcuts.tsx'

/** Every key of this page, by scope: what `?` opens. */
export function HelpDialog({ open }: { readonly open: boolean }) {
  const lists = useShortcutLists()
  return (
    <Dialog open={open} onOpenChange={(next) => layers.set('help', next)} title="Keys on this page">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="overflow-auto px-4 py-3" tabIndex={0} aria-label="List of keys">
        {[...lists].reverse().map((list) => (
          <section key={list.scope} className="mb-4 last:mb-0">
            <h3 className="mb-1 text-table font-semibold text-text-2">{list.scope}</h3>
            <dl className="grid grid-cols-[minmax(7rem,auto)_1fr] items-center gap-x-4 gap-y-1">
              {list.shortcuts.map((shortcut) => (
                <div key={`${shortcut.keys.join(' ')} ${shortcut.label}`} className="contents">
                  <dt className="flex gap-1.5">
                    {shortcut.keys.slice(0, 2).map((keys) => (
                      <Kbd key={keys} keys={keys} />
                    ))}
                  </dt>
                  <dd>{shortcut.label}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </section>
    </Dialog>
  )
}
