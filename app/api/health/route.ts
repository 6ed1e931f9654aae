import { noQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'
import { ok } from '@/lib/base/result'

/**
 * What is up. Cheap on purpose: it answers from counters, so that it stays quick while the store is busy. Who is not known learns
 * that it is up and no more.
 */
export const GET = get(
  noQuery,
  noQuery,
  async ({ instance, identity }) =>
    ok({
      status: 'ok',
      ...(identity.kind === 'owner'
        ? {
            upSeconds: Math.round((Date.now() - instance.startedMs) / 1000),
            longestStallMs: instance.eventLoop.longestStallMs(),
            memoryBytes: process.memoryUsage.rss(),
            receivers: instance.receivers.status().map(({ name, port, state }) => ({ name, port, state })),
          }
        : {}),
    }),
  undefined,
  'anyone',
)
