import { expect, test } from 'vitest'
import { JsonElements } from './json-elements.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

test('elements of the arrays at one depth are found, wherever the pieces are cut', () => {
  const json = encodeUtf8(
    '{"d":[{"s":[{"a":"}]\\\\\\"{"},{"b":[{"c":1}]}],"p":{"q":{"r":[1]}}},{"s":[],"x":[{"é":"𝄞"}]}]}',
  )
  for (let size = 1; size <= json.length; size++) {
    const elements = new JsonElements(4)
    const found: string[] = []
    let start = 0
    let open = false
    for (let from = 0; from < json.length; from += size) {
      elements.scan(
        json,
        from,
        Math.min(json.length, from + size),
        (at) => {
          start = at
          open = true
        },
        (at) => {
          found.push(decodeUtf8(json, start, at))
          open = false
        },
      )
      expect(elements.isInside).toBe(open)
    }
    expect(found).toEqual(['{"a":"}]\\\\\\"{"}', '{"b":[{"c":1}]}', '{"é":"𝄞"}'])
    expect(elements.isInside).toBe(false)
  }
})
