'use client'
import { type KeyboardEvent, type ReactNode, useRef } from 'react'
import { cx } from './cx.ts'

export interface Segment<V extends string> {
  readonly value: V
  readonly label: ReactNode
  /** Spoken name where `label` is not plain words. */
  readonly name?: string
  /** Why it cannot be chosen now; also its tooltip. */
  readonly disabledBecause?: string
}

export interface SegmentedControlProps<V extends string> {
  readonly label: string
  readonly value: V
  readonly segments: readonly Segment<V>[]
  readonly onChange: (value: V) => void
  readonly className?: string
}

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }

/** One of a few: a radio group in one line; arrow keys move the choice. */
export function SegmentedControl<V extends string>(props: SegmentedControlProps<V>) {
  const { label, value, segments, onChange, className } = props
  const group = useRef<HTMLDivElement>(null)

  const step = (event: KeyboardEvent) => {
    const by = STEPS[event.key]
    if (by === undefined) return
    event.preventDefault()
    event.stopPropagation()
    const enabled = segments.filter((segment) => segment.disabledBecause === undefined)
    const at = enabled.findIndex((segment) => segment.value === value)
    const next = enabled[(at + by + enabled.length) % enabled.length]
    if (next === undefined) return
    onChange(next.value)
    group.current?.querySelector<HTMLElement>(`[data-value="${CSS.escape(next.value)}"]`)?.focus()
  }

  return (
    <div
      ref={group}
      role="radiogroup"
      aria-label={label}
      className={cx(
        'inline-flex h-7 shrink-0 rounded-control border border-control-line pointer-coarse:h-10',
        className,
      )}
    >
      {segments.map((segment) => {
        const chosen = segment.value === value
        return (
          // biome-ignore lint/a11y/useSemanticElements: a native radio cannot hold the segment's look and roving focus
          <button
            key={segment.value}
            type="button"
            role="radio"
            data-value={segment.value}
            aria-checked={chosen}
            aria-label={segment.name}
            title={segment.disabledBecause}
            disabled={segment.disabledBecause !== undefined}
            tabIndex={chosen ? 0 : -1}
            onKeyDown={step}
            onClick={() => onChange(segment.value)}
            className={cx(
              'flex items-center gap-1 px-2 text-table whitespace-nowrap first:rounded-l-[3px] last:rounded-r-[3px]',
              'border-l border-line first:border-l-0 disabled:opacity-50 pointer-coarse:min-w-10',
              chosen ? 'bg-accent-fill text-text' : 'text-text-2 hover:text-text',
            )}
          >
            {segment.label}
          </button>
        )
      })}
    </div>
  )
}
