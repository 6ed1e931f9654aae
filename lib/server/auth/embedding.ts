import { instance } from '../instance.ts'

/** Whether the configuration names any site that may frame a view. */
export async function embedding(): Promise<boolean> {
  const running = await instance()
  return running.ok && running.value.config.embedHosts.length > 0
}
