/** A pen for tests: writes down what was drawn, with the style in force. Letters are 6 px wide. */
import type { Pen } from './pen.ts'

export interface PenLog {
  readonly pen: Pen
  /** `fillRect 0 0 10 10 red`, `fillText "10:05" 3 12 grey`, `stroke M0,0 L10,10 red`, … in order. Numbers to two digits. */
  readonly log: string[]
}

export function penLog(): PenLog {
  const log: string[] = []
  let path: string[] = []
  const n = (...values: number[]) => values.map((value) => String(Math.round(value * 100) / 100)).join(' ')
  const pen: Pen = {
    fillStyle: '',
    strokeStyle: '',
    lineWidth: 1,
    globalAlpha: 1,
    font: '',
    textAlign: 'left',
    textBaseline: 'alphabetic',
    imageSmoothingEnabled: true,
    save() {},
    restore() {},
    beginPath() {
      path = []
    },
    moveTo: (x, y) => path.push(`M${n(x)},${n(y)}`),
    lineTo: (x, y) => path.push(`L${n(x)},${n(y)}`),
    closePath: () => path.push('Z'),
    arc: (x, y, r) => path.push(`O${n(x)},${n(y)},${n(r)}`),
    rect: (x, y, w, h) => path.push(`R${n(x)},${n(y)},${n(w)},${n(h)}`),
    clip: () => log.push(`clip ${path.join(' ')}`),
    fill: () => log.push(`fill ${path.join(' ')} ${pen.fillStyle}`),
    stroke: () => log.push(`stroke ${path.join(' ')} ${pen.strokeStyle}`),
    fillRect: (x, y, w, h) => log.push(`fillRect ${n(x, y, w, h)} ${pen.fillStyle}`),
    strokeRect: (x, y, w, h) => log.push(`strokeRect ${n(x, y, w, h)} ${pen.strokeStyle}`),
    clearRect: (x, y, w, h) => log.push(`clearRect ${n(x, y, w, h)}`),
    fillText: (text, x, y) => log.push(`fillText "${text}" ${n(x, y)} ${pen.fillStyle}`),
    setLineDash() {},
    drawImage: (_image: CanvasImageSource, ...place: number[]) => log.push(`drawImage ${n(...place)}`),
    measureText: (text) => ({ width: text.length * 6 }),
  }
  return { pen, log }
}
