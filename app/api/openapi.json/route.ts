import { openApi } from '@/lib/api/openapi'
import { noQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'
import { ok } from '@/lib/base/result'
import packageJson from '@/package.json'

export const GET = get(noQuery, noQuery, async () => ok(openApi(packageJson.version)))
