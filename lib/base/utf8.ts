// Invalid sequences become U+FFFD; a leading byte order mark is part of the text, not dropped.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()

/** Text of the UTF-8 in bytes[from .. to); invalid sequences are replaced, never refused. */
export function decodeUtf8(bytes: Uint8Array, from: number, to: number): string {
  // Short ASCII is what ids and names are made of; the decoder's fixed cost would be most of the work.
  if (to - from <= 32) {
    let i = from
    let text = ''
    while (i < to && bytes[i] < 128) text += String.fromCharCode(bytes[i++])
    if (i === to) return text
  }
  return decoder.decode(bytes.subarray(from, to))
}

/** UTF-8 of a text; lone surrogates become U+FFFD. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text)
}
