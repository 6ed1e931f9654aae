import type { CapsuleContent } from '../evidence/capsule.ts'
import { ApiFailure } from './api.ts'
import type { Answer, Answers, Question } from './capsule-answers.ts'
import type { Ask } from './capsule-engine.ts'
import type { ViewData } from './view-data.ts'

/** The evidence inside an exported file, for the views. Paths are those of an instance without the incident's part. */
export function capsuleData(content: CapsuleContent, ask: Ask): ViewData {
  const { incidentId, manifest } = content
  async function answerTo<K extends keyof Answers>(
    question: Question & { readonly kind: K },
    signal: AbortSignal | undefined,
  ): Promise<Answers[K]> {
    const result = await ask(question)
    signal?.throwIfAborted()
    if (!result.ok) throw new ApiFailure(result.failure)
    if (!isOf(result.value, question.kind)) throw new Error(`${result.value.kind} answered ${question.kind}`)
    return result.value.value
  }
  return {
    key: `file ${incidentId}`,
    frozen: { incidentId, frozenAtMs: manifest.frozenAtMs },
    chosen: {},
    minutes: (guildId, range, signal) => answerTo({ kind: 'minutes', guildId, ...range }, signal),
    retention: (guildId, signal) => answerTo({ kind: 'retention', guildId }, signal),
    flame: ({ guildId, range, action, scope }, signal) =>
      answerTo({ kind: 'flame', query: { guildId, ...range, action, scope } }, signal),
    traces: (query, signal) => answerTo({ kind: 'traces', query }, signal),
    loadTrace(traceId, groupThreshold, onProgress, signal) {
      const bytes = manifest.traces.find((trace) => trace.traceId === traceId)?.piece.bytes ?? 0
      onProgress({ receivedBytes: bytes, totalBytes: bytes, decoding: true })
      return answerTo({ kind: 'trace', traceId, groupThreshold }, signal)
    },
    spanIds: (traceId, signal) => answerTo({ kind: 'ids', traceId }, signal),
    spanDetails: (traceId, index, count, signal) => answerTo({ kind: 'details', traceId, index, count }, signal),
    traceHref: (traceId) => `/traces/${encodeURIComponent(traceId)}`,
    guildHref: (guildId) => `/guilds/${encodeURIComponent(guildId)}`,
    compareHref: () => '/compare',
  }
}

function isOf<K extends keyof Answers>(
  answer: Answer,
  kind: K,
): answer is Answer & { readonly kind: K; readonly value: Answers[K] } {
  return answer.kind === kind
}
