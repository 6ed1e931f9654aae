import { formatCount, formatDuration } from '../base/format.ts'
import type { Progress } from './simulation.ts'

const BAR = 24
const TTY_EVERY_MS = 100
const PLAIN_EVERY_MS = 2_000
const PLAIN_LIVE_EVERY_MS = 60_000

/** One line that is rewritten on a terminal, plain lines elsewhere: how far, how fast, how long yet. */
export class ProgressBar {
  readonly #out: NodeJS.WriteStream
  readonly #startedMs = Date.now()
  #shownMs = 0
  #lastLine = ''

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
  }

  show(progress: Progress): void {
    const now = Date.now()
    const plainEvery = progress.phase === 'live' ? PLAIN_LIVE_EVERY_MS : PLAIN_EVERY_MS
    const final = progress.phase === 'history' && progress.done === 1
    if (!final && now - this.#shownMs < (this.#out.isTTY ? TTY_EVERY_MS : plainEvery)) return
    this.#shownMs = now
    const elapsedMs = Math.max(1, now - this.#startedMs)
    const figures = `${formatCount(progress.spans)} spans, ${formatCount(progress.samples)} samples, ${formatCount(progress.messages)} messages`
    if (progress.phase === 'live') {
      this.#write(`live  ${figures}`)
      return
    }
    const rate = (progress.spans * 1000) / elapsedMs
    const left =
      progress.done > 0.01 && !final
        ? `, ${formatDuration((elapsedMs / progress.done) * (1 - progress.done) * 1e6)} left`
        : ''
    const filled = Math.round(progress.done * BAR)
    const bar = '█'.repeat(filled) + '░'.repeat(BAR - filled)
    this.#write(
      `history ${bar} ${String(Math.floor(progress.done * 100)).padStart(3)} %  ${figures}  ${formatCount(Math.round(rate))} spans/s${left}`,
    )
    if (final) this.line('')
  }

  /** A sentence of its own line. */
  line(text: string): void {
    if (this.#out.isTTY && this.#lastLine !== '') this.#out.write('\n')
    this.#lastLine = ''
    if (text !== '') this.#out.write(`${text}\n`)
  }

  #write(text: string): void {
    if (!this.#out.isTTY) {
      this.#out.write(`${text}\n`)
      return
    }
    const line = text.slice(0, Math.max(20, (this.#out.columns ?? 100) - 1))
    this.#out.write(`\r${line}${' '.repeat(Math.max(0, this.#lastLine.length - line.length))}`)
    this.#lastLine = line
  }
}
