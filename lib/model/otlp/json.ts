import { fail, ok, type Result } from '../../base/result.ts'
import { encodeUtf8 } from '../../base/utf8.ts'
import type { AttributeMapping, SpanBatch } from '../span-batch.ts'
import { decodeTracesProtobuf } from './decode.ts'
import { transcodeTraces } from './transcode.ts'

/** Decodes an OTLP/JSON trace request, by way of binary protobuf. Same answers as `decodeTracesProtobuf`. */
export function decodeTracesJson(body: Uint8Array | string, mapping: AttributeMapping): Result<SpanBatch> {
  const { bytes, rejected, problem } = transcodeTraces(typeof body === 'string' ? encodeUtf8(body) : body)
  if (problem !== '') {
    return fail(
      'bad-request',
      'request',
      `The body is not a valid OTLP/JSON trace request: ${problem}.`,
      'Send {"resourceSpans":[…]} as the OTLP specification has it.',
    )
  }
  const decoded = decodeTracesProtobuf(bytes, mapping)
  if (!decoded.ok || rejected.size === 0) return decoded
  const more = [...rejected].map(([reason, count]) => ({ count, reason }))
  return ok({ ...decoded.value, rejected: [...decoded.value.rejected, ...more] })
}
