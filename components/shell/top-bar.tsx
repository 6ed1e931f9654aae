'use client'
import { CircleQuestionMark, Monitor, Moon, Snowflake, Sun, Undo2 } from 'lucide-react'
import { Fragment, type ReactNode } from 'react'
import { IconButton } from '@/components/ui/button.tsx'
import { cx } from '@/components/ui/cx.ts'
import { Link } from '@/components/ui/navigation.tsx'
import { type ThemeChoice, usePreferences } from '@/components/ui/preferences.tsx'
import { Tooltip } from '@/components/ui/tooltip.tsx'
import { useViewData } from '@/components/ui/view-data.tsx'
import { formatDate, formatMinute, type Zone, zoneName } from '@/lib/base/format.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import { useBarParts } from './bar-parts.tsx'
import { layers } from './layers.ts'
import { useShortcuts } from './shortcuts.tsx'

export interface Crumb {
  readonly label: string
  readonly href?: string
  /** An id: in the mono face. */
  readonly mono?: boolean
}

const NEXT_THEME: Readonly<Record<ThemeChoice, ThemeChoice>> = { system: 'light', light: 'dark', dark: 'system' }
const THEME_ICON = { system: Monitor, light: Sun, dark: Moon } as const

/** The frame's one bar: where one is, the time range, the sources' health, search, zone, theme, help. */
export function TopBar({ crumbs, timeRange }: { readonly crumbs: readonly Crumb[]; readonly timeRange?: ReactNode }) {
  const { zone, switchZone, linkedZone, theme, setTheme } = usePreferences()
  const { home, tools } = useBarParts()
  useShortcuts('Everywhere', [
    { keys: 'z', label: 'Switch between UTC and local time', run: switchZone },
    { keys: '?', label: 'List the keys of this page', run: () => layers.set('help', true) },
  ])
  const { frozen } = useViewData()
  const ThemeIcon = THEME_ICON[theme]
  const deep = crumbs.length > 2
  return (
    <header className="flex h-10 shrink-0 pointer-coarse:h-12 items-center gap-1 border-b border-line pr-2 pl-3">
      <Link href={home} className="flex shrink-0 items-center gap-2 font-semibold pointer-coarse:h-10">
        <Mark />
        <span className="max-sm:sr-only">Guildscope</span>
      </Link>
      <nav aria-label="Where you are" className="min-w-0 flex-1">
        <ol className="flex min-w-0 items-center text-text-2">
          {crumbs.map((crumb, i) => (
            <Fragment key={`${crumb.label} ${crumb.href ?? ''}`}>
              <li aria-hidden className={cx('px-1.5 text-text-3', (i === 0 || (i === 1 && deep)) && 'max-sm:hidden')}>
                /
              </li>
              {/* Where there is no room the middle gives way: the ends are short. On phones the mark leads where the first crumb leads. */}
              <li
                className={cx(
                  'flex',
                  isShort(crumb, i) ? 'shrink-0' : 'min-w-0',
                  i === 0 && deep && 'max-sm:hidden',
                  crumb.mono && 'font-mono text-table',
                )}
              >
                {crumb.href === undefined || i === crumbs.length - 1 ? (
                  <span aria-current={i === crumbs.length - 1 ? 'page' : undefined} className="truncate text-text">
                    {visibleText(crumb.label)}
                  </span>
                ) : (
                  <Link
                    href={crumb.href}
                    className="inline-flex h-6 min-w-0 items-center hover:text-text hover:underline pointer-coarse:h-10"
                  >
                    <span className="truncate">{visibleText(crumb.label)}</span>
                  </Link>
                )}
              </li>
            </Fragment>
          ))}
        </ol>
      </nav>
      {timeRange !== undefined && <div className="flex shrink-0 items-center gap-1.5">{timeRange}</div>}
      {frozen !== undefined && <FrozenMark atMs={frozen.frozenAtMs} zone={zone} />}
      {tools}
      <Tooltip
        label={
          linkedZone === undefined
            ? `Times in ${zoneName(zone)}. Press Z to switch.`
            : `Times in ${zoneName(zone)}, as in the link you followed. Press Z to go back to your own zone.`
        }
      >
        <button
          type="button"
          onClick={switchZone}
          aria-keyshortcuts="Z"
          className="inline-flex h-7 max-w-32 shrink-0 items-center justify-center gap-1 rounded-control px-1.5 text-table text-text-2 hover:bg-raised hover:text-text pointer-coarse:h-10 pointer-coarse:min-w-10"
        >
          <span className="sr-only">Time zone: </span>
          <span className="truncate">{shortZone(zone)}</span>
          {linkedZone !== undefined && (
            <>
              <Undo2 size={13} aria-hidden className="shrink-0 text-accent" />
              <span className="sr-only">, as in the link; back to your own</span>
            </>
          )}
        </button>
      </Tooltip>
      <Tooltip label={`Theme: ${theme}`}>
        <IconButton label={`Theme: ${theme}`} onClick={() => setTheme(NEXT_THEME[theme])} className="max-sm:hidden">
          <ThemeIcon size={15} aria-hidden />
        </IconButton>
      </Tooltip>
      <Tooltip label="Keys on this page (?)">
        <IconButton label="Help: keys on this page" onClick={() => layers.set('help', true)} className="max-sm:hidden">
          <CircleQuestionMark size={15} aria-hidden />
        </IconButton>
      </Tooltip>
    </header>
  )
}

/** `UTC`, `Local`, `Berlin`. */
function shortZone(zone: Zone): string {
  if (zone === 'UTC') return 'UTC'
  return zone === 'local' ? 'Local' : zone.slice(zone.lastIndexOf('/') + 1).replaceAll('_', ' ')
}

/** Ids, and the words of ours that a breadcrumb begins with; the title of an incident may be of any length. */
function isShort(crumb: Crumb, place: number): boolean {
  return crumb.mono === true || (place === 0 && crumb.label.length <= 12)
}

/** Everything below is evidence: nothing of it is live. */
function FrozenMark({ atMs, zone }: { readonly atMs: number; readonly zone: Zone }) {
  const day = formatDate(atMs, zone)
  const at = formatMinute(atMs, zone)
  return (
    <span
      title={`Frozen on ${day} at ${at} ${zoneName(zone)}: this page shows kept evidence, nothing in it is live`}
      className="inline-flex shrink-0 items-center gap-1 px-1.5 text-table text-text-2"
    >
      <Snowflake size={14} aria-hidden className="text-accent" />
      <span className="max-md:sr-only">
        frozen at {day} {at} {zone === 'UTC' ? 'UTC' : ''}
      </span>
      <span aria-hidden className="md:hidden">
        {at}
      </span>
    </span>
  )
}

export function Mark() {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M1 2h14v3H1z" className="fill-stage-client" />
      <path d="M3 6.5h10v3H3z" className="fill-stage-guild" />
      <path d="M7 11h8v3H7z" className="fill-stage-session" />
    </svg>
  )
}
