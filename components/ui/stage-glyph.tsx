import { STAGES, type Stage } from '@/lib/model/stages.ts'
import { cx } from './cx.ts'

const LOOK: Readonly<Record<Stage, { readonly letter: string; readonly fill: string }>> = {
  unknown: { letter: '·', fill: 'border-stage-unknown' },
  client: { letter: 'C', fill: 'border-stage-client' },
  api: { letter: 'A', fill: 'border-stage-api' },
  guild: { letter: 'G', fill: 'border-stage-guild' },
  relay: { letter: 'R', fill: 'border-stage-relay' },
  session: { letter: 'S', fill: 'border-stage-session' },
  gateway: { letter: 'W', fill: 'border-stage-gateway' },
}

/** The letter that stands for a stage where there is no room for its name. */
export function stageLetter(stageId: number): string {
  return LOOK[STAGES[stageId] ?? 'unknown'].letter
}

/** A stage as a letter over its colour. `stageId` is the index into `STAGES`. */
export function StageGlyph({ stageId, className }: { readonly stageId: number; readonly className?: string }) {
  const stage = STAGES[stageId] ?? 'unknown'
  const { letter, fill } = LOOK[stage]
  return (
    <span
      role="img"
      aria-label={`stage: ${stage}`}
      title={stage}
      className={cx(
        'inline-flex h-4 w-4 shrink-0 items-center justify-center border-b-2 text-axis leading-none font-semibold text-text',
        fill,
        className,
      )}
    >
      {letter}
    </span>
  )
}

/** All stages with their names, always in the same order. */
export function StageLegend({
  stageIds,
  className,
}: {
  readonly stageIds?: readonly number[]
  readonly className?: string
}) {
  const shown = stageIds ?? [1, 2, 3, 4, 5, 6]
  return (
    <ul aria-label="Stages" className={cx('flex flex-wrap gap-x-3 gap-y-1 text-axis text-text-2', className)}>
      {[...shown]
        .sort((a, b) => (a === 0 ? 7 : a) - (b === 0 ? 7 : b))
        .map((id) => (
          <li key={id} className="flex items-center gap-1">
            <StageGlyph stageId={id} />
            <span>{STAGES[id] ?? 'unknown'}</span>
          </li>
        ))}
    </ul>
  )
}
