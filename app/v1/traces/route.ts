import { post } from '@/lib/api/receive'

/** The same receiver as on its own port, for deployments that open one port only. */
export const POST = post('handleTraces')
