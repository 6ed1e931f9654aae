import { expect, test } from 'vitest'
import { type SpanLine, spansFromList } from '@/lib/analysis/waterfall-fixture.ts'
import { prepareTrace } from '@/lib/client/trace-prepare.ts'
import { DETAILS_PX, indexOfSpan, NAMES_PX, parseSpanRef, restore, traceCodec, viewOf } from './trace-view-state.ts'
import { WaterfallModel } from './waterfall-model.ts'

const REST = { span: '', details: false, names: NAMES_PX, side: DETAILS_PX, wide: false }

function modelOf(): WaterfallModel {
  const lines: SpanLine[] = [{ depth: 0, name: 'root', stage: 'guild', start: 0, duration: 1000 }]
  for (let k = 0; k < 100; k++) {
    lines.push({ depth: 1, name: 'push', stage: 'session', start: k, duration: k })
    lines.push({ depth: 2, name: 'send', stage: 'gateway', start: k, duration: 1 })
  }
  const spans = spansFromList(lines)
  const trace = { traceId: 'a'.repeat(32), source: 'embedded', guilds: [], notes: [], totalSpans: lines.length, spans }
  const model = new WaterfallModel(prepareTrace(trace, 50))
  model.resize(800, 220, 22)
  return model
}

function reopened(model: WaterfallModel): WaterfallModel {
  const search = traceCodec.print({ ...viewOf(model), ...REST })
  const next = modelOf()
  const { state, rejected } = traceCodec.parse(search)
  expect(rejected).toEqual([])
  restore(next, state)
  next.scrollTo(state.row * next.rowHeight)
  return next
}

test('the default view leaves nothing in the address', () => {
  expect(traceCodec.print({ ...viewOf(modelOf()), ...REST })).toBe('')
})

test('window, folds, open groups, search, selection and place come back', () => {
  const model = modelOf()
  expect(model.rows.count).toBe(3)
  model.toggle(model.spans.count)
  model.toggle(5)
  model.setWindow({ from: 12.5, to: 88 })
  model.find('send')
  model.goTo(60)
  const next = reopened(model)
  expect(next.rows.count).toBe(model.rows.count)
  expect(next.window).toEqual(model.window)
  expect([next.query, next.hits.length, next.selected]).toEqual(['send', 100, 60])
  expect(next.range.first).toBe(model.range.first)
})

test('an open merged group comes back, and restoring twice is restoring once', () => {
  const model = modelOf()
  model.toggle(model.rows.value[2])
  expect(model.rows.count).toBe(103)
  const next = reopened(model)
  expect(next.rows.count).toBe(103)
  restore(next, traceCodec.parse(traceCodec.print({ ...viewOf(model), ...REST })).state)
  expect(next.rows.count).toBe(103)
})

test('modes come back', () => {
  const model = modelOf()
  model.setMode('everything')
  expect(reopened(model).rows.count).toBe(202)
  model.setMode('folded')
  expect(reopened(model).rows.count).toBe(1)
})

test('what a link asks for and is not there is passed over', () => {
  const model = modelOf()
  restore(model, traceCodec.parse('?v=1&at=9999&spans=7777&groups=55&merged=123&t0=5&t1=1').state)
  expect([model.rows.count, model.selected, model.window]).toEqual([3, undefined, model.whole])
})

test('span references', () => {
  expect(parseSpanRef('00f067aa0ba902b7-2')).toEqual({ id: '00f067aa0ba902b7', ordinal: 2 })
  expect(parseSpanRef('nonsense')).toBeUndefined()
  const ids = BigUint64Array.of(1n, 7n, 2n, 7n)
  expect(indexOfSpan(ids, '0000000000000007', 1)).toBe(3)
  expect(indexOfSpan(ids, '0000000000000009', 0)).toBe(-1)
})

test('keyboard: down, in, out, and up again', () => {
  const model = modelOf()
  model.moveSelection(1)
  expect(model.selectedRow).toBe(0)
  model.expandOrDescend()
  model.expandOrDescend()
  expect(model.rows.count).toBe(202)
  model.expandOrDescend()
  expect(model.selected).toBe(1)
  model.collapseOrAscend()
  expect(model.rows.count).toBe(201)
  model.collapseOrAscend()
  model.collapseOrAscend()
  expect(model.rows.count).toBe(3)
})

test('stepping through hits stays with a closed group; revealing opens it', () => {
  const model = modelOf()
  model.find('push')
  model.step(1)
  expect([model.selected, model.rows.count, model.highlightedRow]).toEqual([1, 3, 1])
  model.step(-1)
  expect(model.selected).toBe(199)
  model.goTo(199)
  expect(model.rows.count).toBe(202)
  expect(model.rows.value[model.selectedRow]).toBe(199)
})

test('a selected group, the hit that was stepped to, and part of a row come back', () => {
  const model = modelOf()
  model.find('send')
  model.step(1)
  model.step(1)
  model.select(model.rows.value[1])
  const next = reopened(model)
  expect([next.selected, next.hitAt, next.hits.length]).toEqual([model.selected, 1, 100])
  model.select(model.rows.value[2])
  expect(reopened(model).selected).toBe(model.selected)
  model.setMode('everything')
  model.scrollTo(253)
  expect(Math.round(reopened(model).topPx)).toBe(253)
})

test('thousands of folds come back', () => {
  const lines: SpanLine[] = [{ depth: 0, name: 'root', stage: 'guild', start: 0, duration: 1000 }]
  for (let k = 0; k < 5_000; k++) {
    lines.push({ depth: 1, name: `n${k}`, stage: 'session', start: k, duration: k })
    lines.push({ depth: 2, name: 'send', stage: 'gateway', start: k, duration: 1 })
  }
  const spans = spansFromList(lines)
  const trace = { traceId: 'a'.repeat(32), source: 'embedded', guilds: [], notes: [], totalSpans: lines.length, spans }
  const open = () => {
    const model = new WaterfallModel(prepareTrace(trace, 50))
    model.resize(800, 220, 22)
    return model
  }
  const model = open()
  for (let k = 0; k < 5_000; k += 2) model.fold.folded[1 + 2 * k] = 1
  model.refresh()
  const { state, rejected } = traceCodec.parse(traceCodec.print({ ...viewOf(model), ...REST }))
  expect(rejected).toEqual([])
  const next = open()
  restore(next, state)
  expect(next.rows.count).toBe(model.rows.count)
})
