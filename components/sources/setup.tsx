'use client'
import { useSyncExternalStore } from 'react'
import { CopyButton } from '@/components/ui/copy-button.tsx'
import { Panel } from '@/components/ui/panel.tsx'
import { SegmentedControl } from '@/components/ui/segmented-control.tsx'
import { useKeptScroll } from '@/components/ui/use-kept-scroll.ts'
import { useViewState } from '@/components/ui/use-view-state.ts'
import type { SourcesAnswer } from '@/lib/client/api.ts'
import { flag, text, viewCodec } from '@/lib/view/view-state.ts'
import { ATTRIBUTES, recipes } from './snippets.ts'

/** What the sources page keeps in its URL: the recipe that is shown, and whether the attributes are unfolded. */
export const sourcesView = viewCodec({ from: text('elixir', 40), keys: flag() })

const never = () => () => {}
const DEFAULT_PORTS = { 'OTLP/HTTP': 4318, 'OTLP/gRPC': 4317 } as const

/** How to send data here, with this instance's addresses filled in. */
export function Setup({ answer }: { readonly answer: SourcesAnswer | undefined }) {
  const origin = useSyncExternalStore(
    never,
    () => window.location.origin,
    () => 'http://localhost:3000',
  )
  const port = (name: keyof typeof DEFAULT_PORTS) =>
    answer?.receivers.find((receiver) => receiver.name === name)?.port || DEFAULT_PORTS[name]
  const all = recipes({
    host: new URL(origin).hostname,
    origin,
    otlpHttpPort: port('OTLP/HTTP'),
    otlpGrpcPort: port('OTLP/gRPC'),
  })
  const { state: view, push } = useViewState(sourcesView)
  const scroller = useKeptScroll('recipes')
  const recipe = all.find((one) => one.id === view.from) ?? all[0]
  const toggled = (keys: boolean) => {
    if (keys !== view.keys) push({ keys })
  }
  return (
    <Panel title="Send data here">
      <div className="flex flex-col gap-3 px-3 pb-4">
        <div ref={scroller} className="overflow-x-auto">
          <SegmentedControl
            label="From where"
            value={recipe.id}
            segments={all.map(({ id, label }) => ({ value: id, label }))}
            onChange={(from) => push({ from })}
          />
        </div>
        <p className="max-w-prose text-text-2">{recipe.intro}</p>
        {recipe.snippets.map((snippet) => (
          <figure key={snippet.file} className="min-w-0 border border-line">
            <figcaption className="flex items-center justify-between border-b border-line bg-surface py-0.5 pr-1 pl-3 font-mono text-table text-text-2">
              {snippet.file}
              <CopyButton text={snippet.text} what={snippet.file} />
            </figcaption>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
            <pre tabIndex={0} className="overflow-x-auto p-3 font-mono text-table">
              {snippet.text}
            </pre>
          </figure>
        ))}
        <details open={view.keys} onToggle={(event) => toggled(event.currentTarget.open)}>
          <summary className="cursor-pointer py-1 text-accent">The attributes that Guildscope reads</summary>
          <dl className="mt-1 grid grid-cols-1 gap-x-4 gap-y-1 text-table sm:grid-cols-[auto_1fr]">
            {ATTRIBUTES.map(({ key, meaning }) => (
              <div key={key} className="contents">
                <dt className="font-mono">{key}</dt>
                <dd className="text-text-2 max-sm:mb-1">{meaning}</dd>
              </div>
            ))}
          </dl>
        </details>
      </div>
    </Panel>
  )
}
