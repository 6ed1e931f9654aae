'use client'
import { SegmentedControl } from '@/components/ui/segmented-control.tsx'
import { useModel, useModelValue } from './use-model.ts'

const THRESHOLDS = [10, 50, 500, 1_000_000_000] as const

/** Fold all, the default, everything; and from how many siblings on a group is one row. */
export function FoldControls() {
  const model = useModel()
  const mode = useModelValue(model, 'rows', () => model.mode)
  const threshold = useModelValue(model, 'rows', () => model.fold.threshold)
  const known = THRESHOLDS.some((one) => one === threshold)
  return (
    <>
      <SegmentedControl
        label="Folding"
        value={mode}
        segments={[
          { value: 'folded', label: 'Fold all' },
          { value: 'default', label: 'Groups' },
          { value: 'everything', label: 'Unfold all' },
        ]}
        onChange={(next) => model.setMode(next)}
      />
      <label className="flex items-center gap-1.5 text-table text-text-2">
        Group over
        <select
          value={threshold}
          onChange={(event) => model.setThreshold(Number(event.target.value))}
          className="h-7 rounded-control border border-control-line bg-bg px-1 text-table text-text pointer-coarse:h-10"
        >
          {!known && <option value={threshold}>{threshold} siblings</option>}
          {THRESHOLDS.map((one) => (
            <option key={one} value={one}>
              {one === 1_000_000_000 ? 'never' : `${one} siblings`}
            </option>
          ))}
        </select>
      </label>
    </>
  )
}
