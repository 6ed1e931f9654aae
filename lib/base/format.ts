/** Numbers for people: one place, so that every panel says the same thing the same way. */

const MINUS = '−'

/** `0.4 ms`, `41 ms`, `1.8 s`, `15 m 50 s`, `2 h 04 m`. Input in nanoseconds; negative values keep their sign. */
export function formatDuration(ns: number): string {
  if (!Number.isFinite(ns)) return '–'
  if (ns < 0) return MINUS + formatDuration(-ns)
  if (ns < 999.5) return `${Math.round(ns)} ns`
  if (ns < 999_500) return `${threeDigits(ns / 1e3)} µs`
  if (ns < 999_500_000) return `${threeDigits(ns / 1e6)} ms`
  const seconds = ns / 1e9
  if (seconds < 59.95) return `${threeDigits(seconds)} s`
  const whole = Math.round(seconds)
  if (whole < 3_600) return `${Math.floor(whole / 60)} m ${String(whole % 60).padStart(2, '0')} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} m`
  return `${(seconds / 86_400).toFixed(1)} d`
}

/** `60.0 s`, `14.2 s`, `0.3 s`: a guild's work within a minute. Always in seconds, so that a column of them compares. */
export function formatBusy(busyUs: number): string {
  return Number.isFinite(busyUs) && busyUs >= 0 ? `${(busyUs / 1e6).toFixed(1)} s` : '–'
}

/** Three significant digits at most below 1,000, no exponent, no trailing zeros: 1.25, 12.5, 125, 1.3, 0.01. Input ≥ 0. */
function threeDigits(x: number): string {
  if (x >= 99.95) return x.toFixed(0)
  if (x >= 9.995) return x.toFixed(1).replace(/\.0$/, '')
  return x.toFixed(2).replace(/\.?0+$/, '')
}

/** `0`, `0.25`, `12`, `1,204`, `63k`, `1.2M`, `8.1G`. Whole numbers are exact below 10,000. */
export function formatCount(n: number): string {
  if (!Number.isFinite(n)) return '–'
  if (n < 0) return MINUS + formatCount(-n)
  if (n > 0 && n < 0.005) return '< 0.01'
  if (n < 9_999.5) return n < 99.95 ? threeDigits(n) : formatExact(n)
  if (n < 999_500) return `${threeDigits(n / 1e3)}k`
  if (n < 999_500_000) return `${threeDigits(n / 1e6)}M`
  return `${threeDigits(n / 1e9)}G`
}

/** `1,000,043`: every digit, grouped. */
export function formatExact(n: number): string {
  if (!Number.isFinite(n)) return '–'
  const grouped = BigInt(Math.round(Math.abs(n)))
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return n < 0 && grouped !== '0' ? MINUS + grouped : grouped
}

/** `0.5 %`, `69 %`, `100 %`; a share in [0, 1] or above. */
export function formatPercent(share: number): string {
  if (!Number.isFinite(share)) return '–'
  if (share < 0) return MINUS + formatPercent(-share)
  const percent = share * 100
  if (percent !== 0 && percent < 0.01) return '< 0.01 %'
  return `${percent < 9.95 ? threeDigits(percent) : formatExact(percent)} %`
}

/** `12 KiB`, `3.4 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let i = 0
  while (bytes >= 1024 && i < units.length - 1) {
    bytes /= 1024
    i++
  }
  return `${i === 0 ? bytes : threeDigits(bytes)} ${units[i]}`
}

/** UTC, this machine's zone, or one that a link names: `Europe/Berlin`. */
export type Zone = 'UTC' | 'local' | `${string}/${string}`

/** The zone of this name, undefined for one that is not known here. */
export function parseZone(name: string): Zone | undefined {
  if (/^utc$/i.test(name)) return 'UTC'
  if (name === 'local') return 'local'
  if (!isPlace(name)) return undefined
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: name })
    return name
  } catch {
    // Intl has no other way to ask whether it knows a zone.
    return undefined
  }
}

function isPlace(name: string): name is `${string}/${string}` {
  return /^[A-Za-z0-9_+-]{1,32}(\/[A-Za-z0-9_+-]{1,32}){1,2}$/.test(name)
}

function intlZone(zone: Zone): string | undefined {
  return zone === 'local' ? undefined : zone
}

const clocks = new Map<string, Intl.DateTimeFormat>()

/** Of a place. Making one costs milliseconds, so UTC and this machine's zone, which `Date` knows itself, go without. */
function clock(place: string): Intl.DateTimeFormat {
  let format = clocks.get(place)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      hourCycle: 'h23',
      timeZone: place,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    clocks.set(place, format)
  }
  return format
}

/** What a clock of the zone shows; two digits each, but the year. */
interface Shown {
  readonly year: string
  readonly month: string
  readonly day: string
  readonly hour: string
  readonly minute: string
  readonly second: string
}

/** Undefined where the zone's calendar does not reach: times come from anybody's spans. */
function shownAt(epochMs: number, zone: Zone): Shown | undefined {
  if (!(Math.abs(epochMs) <= 8.64e15)) return undefined
  const date = new Date(epochMs)
  if (zone === 'UTC') {
    const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
    return shown(year, month, day, date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds())
  }
  if (zone === 'local') {
    const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()]
    return shown(year, month, day, date.getHours(), date.getMinutes(), date.getSeconds())
  }
  const parts: Partial<Record<string, string>> = {}
  for (const { type, value } of clock(zone).formatToParts(epochMs)) parts[type] = value
  const { year = '', month = '', day = '', hour = '', minute = '', second = '' } = parts
  return { year, month, day, hour, minute, second }
}

function shown(year: number, month0: number, day: number, hour: number, minute: number, second: number): Shown {
  const two = (n: number) => String(n).padStart(2, '0')
  const [month, days, hours] = [two(month0 + 1), two(day), two(hour)]
  return {
    year: String(year).padStart(4, '0'),
    month,
    day: days,
    hour: hours,
    minute: two(minute),
    second: two(second),
  }
}

/** `10:05` */
export function formatMinute(epochMs: number, zone: Zone): string {
  const at = shownAt(epochMs, zone)
  return at === undefined ? '–' : `${at.hour}:${at.minute}`
}

/** `10:05:12` */
export function formatTime(epochMs: number, zone: Zone): string {
  const at = shownAt(epochMs, zone)
  return at === undefined ? '–' : `${at.hour}:${at.minute}:${at.second}`
}

/** `2026-11-22` */
export function formatDate(epochMs: number, zone: Zone): string {
  const at = shownAt(epochMs, zone)
  return at === undefined ? '–' : `${at.year}-${at.month}-${at.day}`
}

/** `10:05` on the day of `nowMs`, `2026-11-22 10:05` on any other: a bare time would be taken for today's. */
export function formatWhen(epochMs: number, nowMs: number, zone: Zone): string {
  const day = formatDate(epochMs, zone)
  const minute = formatMinute(epochMs, zone)
  return day === formatDate(nowMs, zone) ? minute : `${day} ${minute}`
}

/** The name to put beside times: `UTC`, or a place's such as `Europe/Berlin`. */
export function zoneName(zone: Zone): string {
  return intlZone(zone) ?? Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** Minutes that clocks of the zone are ahead of UTC at that instant. */
export function zoneOffsetMinutes(epochMs: number, zone: Zone): number {
  const at = zone === 'UTC' ? undefined : shownAt(epochMs, zone)
  if (at === undefined) return 0
  const shown = Date.parse(`${at.year}-${at.month}-${at.day}T${at.hour}:${at.minute}:${at.second}Z`)
  return Math.round((shown - Math.floor(epochMs / 1_000) * 1_000) / 60_000)
}

/** `2026-11-22T10:05`, as date-time inputs hold it. */
export function toWallClock(epochMs: number, zone: Zone): string {
  return `${formatDate(epochMs, zone)}T${formatMinute(epochMs, zone)}`
}

/** The instant at which clocks of the zone show this; undefined where it is no time. In the hour that a clock is put back: the first. */
export function fromWallClock(text: string, zone: Zone): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text)) return undefined
  const asUtc = Date.parse(`${text}Z`)
  if (Number.isNaN(asUtc)) return undefined
  // The offset before a change of clocks, then the one that holds at the instant it leads to.
  const guess = asUtc - zoneOffsetMinutes(asUtc - 86_400_000, zone) * 60_000
  if (toWallClock(guess, zone) === text.slice(0, 16)) return guess
  return asUtc - zoneOffsetMinutes(guess, zone) * 60_000
}

/** `12 s ago`, `3 m ago`, `2 h ago`. */
export function formatAgo(epochMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - epochMs) / 1000))
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ago`
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)} h ago`
  return `${Math.floor(seconds / 86_400)} d ago`
}
