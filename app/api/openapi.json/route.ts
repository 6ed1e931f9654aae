import { openApi } from '@/lib/api/openapi'
import packageJson from '@/package.json'

export function GET(): Response {
  return Response.json(openApi(packageJson.version))
}
