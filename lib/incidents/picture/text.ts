/** Text of people on a picture of fixed size: whatever was written, it stays within its lines. */
import { visibleText } from '../../draw/text-visible.ts'

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
/** More never fits; cutting first keeps measuring cheap. */
const CHARACTERS_MAX = 400
/** No letter of ours is narrower on average, at the smallest size. */
const NARROWEST_PX = 3
/** What joins emoji to one: without a font that has the joined one, its parts say more than a code. */
const JOINER = /(?<=\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier})\u200d(?=\p{Extended_Pictographic})/gu
/** Marks that pile up on one letter leave the line. */
const MARKS_MAX = 4

/** Characters as a reader counts them, controls and direction marks made visible, at most `CHARACTERS_MAX`. */
export function charactersOf(text: string): readonly string[] {
  const shown = visibleText(text.slice(0, CHARACTERS_MAX * 8).replace(JOINER, ''))
    .replace(/\s+/g, ' ')
    .trim()
  const out: string[] = []
  for (const { segment } of graphemes.segment(shown)) {
    if (out.length === CHARACTERS_MAX) return [...out, '…']
    out.push(segment.replace(/\p{M}+/gu, (marks) => [...marks].slice(0, MARKS_MAX).join('')))
  }
  return out
}

/**
 * At most `lines` lines no wider than `maxPx` each; what does not fit ends in `…`. Breaks at spaces, and within a word that is too
 * long for a line.
 */
export function wrap(text: string, lines: number, maxPx: number, width: (text: string) => number): readonly string[] {
  let rest = charactersOf(text)
  const out: string[] = []
  while (rest.length > 0 && out.length < lines) {
    const last = out.length === lines - 1
    let fits = mostThatFit(rest, maxPx, '', width)
    if (fits === rest.length) return [...out, rest.join('')]
    if (last) {
      fits = mostThatFit(rest, maxPx, '…', width)
      return [...out, `${rest.slice(0, fits).join('').trimEnd()}…`]
    }
    const space = rest.lastIndexOf(' ', fits)
    const end = space > 0 ? space : Math.max(1, fits)
    out.push(rest.slice(0, end).join('').trimEnd())
    rest = rest.slice(space > 0 ? end + 1 : end)
  }
  return out
}

/** How many characters fit, with `end` behind them. */
function mostThatFit(
  characters: readonly string[],
  maxPx: number,
  end: string,
  width: (text: string) => number,
): number {
  let from = 0
  let to = Math.min(characters.length, Math.ceil(maxPx / NARROWEST_PX))
  while (from < to) {
    const middle = (from + to + 1) >> 1
    if (width(characters.slice(0, middle).join('') + end) <= maxPx) from = middle
    else to = middle - 1
  }
  return from
}
