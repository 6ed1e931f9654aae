import { type Instance, instance } from '../server/instance.ts'
import { failureResponse, guarded } from './respond.ts'

/** A POST handler that hands the request to one of the receivers as it is. */
export function post(handler: keyof Pick<Instance['receivers'], 'handleTraces' | 'handleTimings'>) {
  return (request: Request): Promise<Response> =>
    guarded(async () => {
      const running = await instance()
      return running.ok ? running.value.receivers[handler](request) : failureResponse(running.failure)
    })
}
