import { noQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'
import { ok } from '@/lib/base/result'

export const GET = get(noQuery, noQuery, async ({ instance }) => ok(await instance.incidents.list()))
