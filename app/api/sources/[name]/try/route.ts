import { noQuery, sourceParams } from '@/lib/api/params'
import { write } from '@/lib/api/route'

export const POST = write(sourceParams, noQuery.optional(), ({ params, instance, signal }) =>
  instance.sources.tryIt(params.name, signal),
)
