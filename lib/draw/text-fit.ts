/** Widths of text on a canvas, measured once per string: measuring is what makes labels expensive. */
export interface TextMeasure {
  /** Width in the context's units. */
  readonly width: (text: string) => number
}

/** The part of a 2D context that measuring needs. */
export interface Measurer {
  font: string
  measureText(text: string): { readonly width: number }
}

/** Remembers up to `most` widths for one font; starts over beyond, which bounds memory under a million distinct labels. */
export function textMeasure(context: Measurer, font: string, most = 4_000): TextMeasure {
  const widths = new Map<string, number>()
  return {
    width(text) {
      let width = widths.get(text)
      if (width === undefined) {
        context.font = font
        width = context.measureText(text).width
        if (widths.size >= most) widths.clear()
        widths.set(text, width)
      }
      return width
    },
  }
}
