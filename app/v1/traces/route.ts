/** The same receiver as on its own port, for deployments that open one port only. */
export { receive as POST } from '@/lib/api/receive'
