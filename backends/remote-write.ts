import { ProtoWriter } from '../lib/model/otlp/proto-writer.ts'

/** Points of one series: Unix ms, value. */
export interface SentSeries {
  readonly labels: Readonly<Record<string, string>>
  readonly points: readonly (readonly [number, number])[]
}

/** Sends series to Prometheus (`--web.enable-remote-write-receiver`) or VictoriaMetrics by the remote write protocol 1.0. */
export async function remoteWrite(url: string, series: readonly SentSeries[]): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
    },
    body: snappy(writeRequest(series)),
  })
  if (!answer.ok) throw new Error(`Remote write was refused: ${answer.status} ${await answer.text()}`)
}

/** prompb.WriteRequest: timeseries = 1 {labels = 1 {name, value}, samples = 2 {value, timestamp in ms}}; labels sorted by name. */
function writeRequest(series: readonly SentSeries[]): Uint8Array {
  const out = new ProtoWriter()
  for (const { labels, points } of series) {
    const one = out.open(1)
    for (const name of Object.keys(labels).sort()) {
      const label = out.open(1)
      out.text(1, name)
      out.text(2, labels[name])
      out.close(label)
    }
    for (const [ms, value] of points) {
      const sample = out.open(2)
      out.tag(1, 1)
      out.double(value)
      out.tag(2, 0)
      out.varint(ms >>> 0, Math.floor(ms / 2 ** 32))
      out.close(sample)
    }
    out.close(one)
  }
  return out.finish()
}

/** Snappy's block format without compression: the length, then literals of up to 65,536 bytes. */
function snappy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new ProtoWriter(bytes.length + 64)
  out.varint(bytes.length, 0)
  for (let at = 0; at < bytes.length; at += 65_536) {
    const length = Math.min(65_536, bytes.length - at)
    out.byte(61 << 2)
    out.byte((length - 1) & 255)
    out.byte((length - 1) >> 8)
    out.raw(bytes, at, at + length)
  }
  return out.finish()
}
