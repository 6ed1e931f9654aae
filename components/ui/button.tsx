import type { ComponentProps, ReactNode } from 'react'
import { cx } from './cx.ts'

export type ButtonTone = 'plain' | 'outline' | 'accent'

const TONES: Readonly<Record<ButtonTone, string>> = {
  plain: 'text-text-2 hover:bg-raised hover:text-text',
  outline: 'border border-control-line text-text hover:bg-raised',
  accent: 'bg-accent text-on-accent hover:opacity-90',
}

const SHAPE =
  'inline-flex h-7 shrink-0 items-center justify-center gap-1.5 rounded-control text-ui whitespace-nowrap select-none ' +
  'disabled:opacity-50 disabled:hover:bg-transparent aria-pressed:bg-accent-fill aria-pressed:text-text ' +
  'pointer-coarse:h-10 pointer-coarse:min-w-10'

export interface ButtonProps extends ComponentProps<'button'> {
  readonly tone?: ButtonTone
}

/** A button with words. */
export function Button({ tone = 'outline', className, ...rest }: ButtonProps) {
  return <button type="button" {...rest} className={cx(SHAPE, 'px-2', TONES[tone], className)} />
}

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children' | 'aria-label'> {
  /** What it does, for screen readers. Wrap in `Tooltip` to show it. */
  readonly label: string
  readonly children: ReactNode
  readonly tone?: ButtonTone
}

/** A button that is only an icon. */
export function IconButton({ label, tone = 'plain', className, ...rest }: IconButtonProps) {
  return <button type="button" aria-label={label} {...rest} className={cx(SHAPE, 'w-7', TONES[tone], className)} />
}
