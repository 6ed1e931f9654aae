import { describe, expect, it } from 'vitest'
import { callTreeFixture } from './call-tree-fixture.ts'
import { byName } from './flame-names.ts'

describe('figures by name', () => {
  it('adds a name up wherever it stands, recursion once', () => {
    const tree = callTreeFixture(`
      walk 60
        walk 50
          leaf 20
      leaf 5
    `)
    const same = { ...tree, stageId: tree.stageId.map(() => 3) }
    const rows = byName(same)
    expect(rows.find((row) => row.name === 'walk')).toMatchObject({ spans: 2, totalNs: 60, selfNs: 40 })
    expect(rows.find((row) => row.name === 'leaf')).toMatchObject({ spans: 2, totalNs: 25 })
  })

  it('keeps the same name in two stages apart', () => {
    expect(byName(callTreeFixture('a 10\n  a 5'))).toHaveLength(2)
  })
})
