import { instance } from '../server/instance.ts'
import { failureResponse, guarded } from './respond.ts'

/** Hands a request to the web port's receiver as it is; both of its routes are this. */
export function receive(request: Request): Promise<Response> {
  return guarded(async () => {
    const running = await instance()
    return running.ok ? running.value.receivers.handle(request) : failureResponse(running.failure)
  })
}
