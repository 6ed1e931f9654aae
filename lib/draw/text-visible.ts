/**
 * Text from spans as it can be shown safely: control characters and bidirectional controls become visible, since an invisible
 * one could make a name read as another. Everything else stays as it is.
 */
// C0 (tab and line feed stay where `keepLines`), DEL, C1, bidi marks/embeddings/isolates, zero-width characters, line separators.
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/g
const HIDDEN_BUT_LINES =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/g

function mark(character: string): string {
  if (character === '\n') return '↵'
  if (character === '\t') return ' '
  const code = character.charCodeAt(0)
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`
}

/** For one line: names, ids, keys. */
export function visibleText(text: string): string {
  return text.replace(HIDDEN, mark)
}

/** For attribute values: line feeds and tabs keep their meaning. */
export function visibleLines(text: string): string {
  return text.replace(HIDDEN_BUT_LINES, mark)
}
