import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { spansFromText } from '../model/fixtures.ts'
import { alignAt, medianOf, pathAt, pathsByDifference, pathsInOrder, pathText, traceDiff } from './trace-diff.ts'

const A = spansFromText(`
  api 0 100 stage=api
    guild 20 90 stage=guild wait=15
      push1 60 70 stage=session name=push
      push2 60 80 stage=session name=push
      push3 62 64 stage=session name=push
`)
const B = spansFromText(`
  api 0 1000 stage=api
    guild 920 990 stage=guild wait=915 error
      push1 960 970 stage=session name=push
    retry 700 800 stage=api
`)

describe('two traces by operation path', () => {
  const paths = traceDiff(A, B)
  const texts = Array.from({ length: paths.count }, (_, p) => pathText(paths, p))

  it('match by the names on the way, whatever stands beside them', () => {
    expect(texts).toEqual(['api', 'api/guild', 'api/guild/push', 'api/retry'])
    expect(paths.a.map((one) => one.spans)).toEqual([1, 1, 3, 0])
    expect(paths.b.map((one) => one.spans)).toEqual([1, 1, 1, 1])
    expect(paths.a[2].workP50Ns).toBe(10)
    expect([paths.a[1].waitNs, paths.b[1].waitNs, paths.b[1].errors]).toEqual([15, 915, 1])
    expect(paths.a[3].workP50Ns).toBeNaN()
    expect(paths.a[0].waitNs).toBeNaN()
  })

  it('come with what differs most first, or as they began', () => {
    expect(pathsByDifference(paths).map((p) => texts[p])).toEqual(['api', 'api/guild', 'api/retry', 'api/guild/push'])
    expect(pathsInOrder(paths, [0, 0]).map((p) => texts[p])).toEqual(texts)
  })

  it('align at the user’s action, or at a path that both have', () => {
    expect(alignAt(paths, -1)).toEqual([0, 0])
    // A wait belongs to the span: it begins when its message is put into the mailbox.
    expect(alignAt(paths, pathAt(paths, 'api/guild'))).toEqual([5, 5])
    expect(alignAt(paths, pathAt(paths, 'api/guild/push'))).toEqual([60, 960])
    expect(alignAt(paths, pathAt(paths, 'api/retry'))).toBeUndefined()
    expect(pathAt(paths, 'nowhere')).toBe(-1)
  })

  it('keep stages apart, and hostile names whole', () => {
    const odd = traceDiff(spansFromText('x 0 1 stage=api name=a/b'), spansFromText('x 0 1 stage=guild name=a/b'))
    expect(odd.count).toBe(2)
    expect(pathText(odd, 0)).toBe('a%2Fb')
  })

  it('gather beyond a limit under the parent, and say how many', () => {
    const few = traceDiff(A, B, 2)
    expect(few.count).toBe(2)
    expect(few.gathered).toBe(5)
    expect(few.a[1].spans).toBe(4)
  })

  it('count every span once (seed 71)', () => {
    const forest = fc
      .array(fc.tuple(fc.nat(9), fc.constantFrom('a', 'b'), fc.nat(50)), { minLength: 1, maxLength: 30 })
      .map((picks) =>
        picks.map(([, name, start], i) => {
          const parent = i === 0 ? '-' : `s${picks[i][0] % i}`
          return `s${i} ${start} ${start + 5} name=${name} parent=${parent}`
        }),
      )
    fc.assert(
      fc.property(forest, forest, (a, b) => {
        const [x, y] = [spansFromText(a.join('\n')), spansFromText(b.join('\n'))]
        const both = traceDiff(x, y)
        const naive = (spans: typeof x) => {
          const counts = new Map<string, number>()
          for (let i = 0; i < spans.count; i++) {
            const names = []
            for (let j = i; j >= 0; j = spans.parent[j]) names.push(spans.names[spans.nameId[j]])
            const key = names.reverse().join('/')
            counts.set(key, (counts.get(key) ?? 0) + 1)
          }
          return [...counts].sort()
        }
        const found = (side: typeof both.a) =>
          side.map((one, p): [string, number] => [pathText(both, p), one.spans]).filter(([, n]) => n > 0)
        expect(found(both.a).sort()).toEqual(naive(x))
        expect(found(both.b).sort()).toEqual(naive(y))
        expect(new Set(pathsInOrder(both, [0, 0])).size).toBe(both.count)
      }),
      { seed: 71 },
    )
  })

  it('select the lower median (seed 72)', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 40 }), (values) => {
        const sorted = [...values].sort((a, b) => a - b)
        expect(medianOf(Float64Array.from(values))).toBe(sorted[(values.length - 1) >> 1])
      }),
      { seed: 72 },
    )
    expect(medianOf(new Float64Array(0))).toBeNaN()
  })
})
